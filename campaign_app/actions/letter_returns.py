"""Act of the other side: what comes back about a message, taken once, in any order.

A bounce is told to the writer with their words; a full mailbox is tried again; a person's
answer to the envelope is forwarded once. Holiday notices are never bounces.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaign_app.actions import letter_links, letter_messages
from campaign_app.actions.letter_mail import Render, full_name
from campaign_app.actions.rules import Rules
from campaign_app.database import unless_there
from campaign_app.delivery import outbox
from campaign_app.delivery.addresses import wired
from campaign_app.delivery.mail import AUTO_GENERATED, AddressRefused, Mail, Person
from campaign_app.delivery.models import (
    InboundReceipt,
    InboundReply,
    Message,
    MessageState,
    Stream,
)
from campaign_app.delivery.outcomes import OnFailed
from campaign_app.delivery.retries import retry_delay
from campaign_app.delivery.returns import News, Reply, Returned
from campaign_app.delivery.states import END, move
from campaign_app.letters.models import Letter
from campaign_app.supporters import suppression
from campaign_app.supporters.addresses import read_address
from campaign_app.supporters.models import Channel

log = logging.getLogger(__name__)

REPLY = "letter_reply"
#: News about a message that has not been marked as accepted yet waits so long for the mark.
PATIENCE = timedelta(days=7)
REPLY_LIFE = timedelta(days=7)
BATCH = 500

_ARRIVED = frozenset({MessageState.ACCEPTED, MessageState.DELIVERED})
_ABOUT_ARRIVAL = frozenset({News.DELIVERED, News.BOUNCED, News.FULL, News.COMPLAINT})
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where news is taken: our mail domain, and who tells a writer that a letter failed."""

    mail_domain: str
    on_failed: OnFailed


def take(
    session: Session,
    returned: Returned,
    desk: Desk,
    now: datetime,
    reply: Reply | None = None,
) -> bool:
    """Take one piece of news; return False when it was taken before; never commits.

    News that comes before our own mark of the acceptance is kept, and ``take_waiting`` takes
    it later. News about no message of ours is kept as a receipt and counts for nothing.
    """
    receipt = InboundReceipt(
        provider=returned.provider,
        event_key=returned.event_key,
        received_at=now,
        mail_id=_mail_id(returned, desk),
        verdict=f"{returned.news} {returned.code}".strip()[:40],
    )
    try:
        with unless_there(session):
            session.add(receipt)
    except IntegrityError:
        return False
    _apply(session, receipt, desk, now, reply)
    return True


def take_waiting(session: Session, desk: Desk, now: datetime) -> int:
    """Take news that came before its message was marked; return how much was left waiting."""
    waiting = session.scalars(
        select(InboundReceipt)
        .where(InboundReceipt.taken_at.is_(None), InboundReceipt.received_at > now - PATIENCE)
        .order_by(InboundReceipt.received_at)
        .limit(BATCH)
    ).all()
    for receipt in waiting:
        _apply(session, receipt, desk, now, None)
    return sum(receipt.taken_at is None for receipt in waiting)


def forget_replies(session: Session, now: datetime) -> int:
    """Remove answers that were forwarded, are too old, or whose writer was erased."""
    ended = select(Message.id).where(Message.kind == REPLY, Message.state.in_(sorted(END)))
    erased = select(Letter.id).where(Letter.erased_at.is_not(None))
    gone = delete(InboundReply).where(
        or_(
            InboundReply.message_id.in_(ended.scalar_subquery()),
            InboundReply.letter_id.in_(erased.scalar_subquery()),
            InboundReply.received_at <= now - REPLY_LIFE,
        )
    )
    return int(getattr(session.execute(gone), "rowcount", 0))


def _mail_id(returned: Returned, desk: Desk) -> str | None:
    if returned.public_id is not None:
        return f"{returned.public_id}@{desk.mail_domain}"[:120]
    return returned.mail_id[:120] if returned.mail_id else None


def _apply(
    session: Session, receipt: InboundReceipt, desk: Desk, now: datetime, reply: Reply | None
) -> None:
    news, _, code = receipt.verdict.rpartition(" ")
    if not news or not code[:1].isdigit():
        news, code = receipt.verdict, ""
    message = _message(session, receipt)
    if news == News.FORGED or receipt.mail_id is None:
        log.info("an inbound mail names no message of ours")
    elif News(news) in _ABOUT_ARRIVAL:
        if message is None or message.state in {MessageState.SENDING, MessageState.DUE}:
            return  # Its acceptance is not written yet; the news waits for it.
        _about_arrival(session, message, _Told(News(news), code), desk, now)
    elif news == News.REPLY and message is not None and reply is not None:
        _forward(session, message, reply, desk, now)
    receipt.taken_at = now
    session.flush()


def _message(session: Session, receipt: InboundReceipt) -> Message | None:
    if receipt.mail_id is None:
        return None
    found = select(Message).where(Message.mail_id == receipt.mail_id)
    return session.scalar(found.with_for_update().execution_options(populate_existing=True))


@dataclass(frozen=True, slots=True)
class _Told:
    news: News
    code: str

    @property
    def reason(self) -> str:
        return f"{self.news} {self.code}".strip()


def _about_arrival(
    session: Session, message: Message, told: _Told, desk: Desk, now: datetime
) -> None:
    if told.news is News.COMPLAINT:
        _complained(session, message, now)
    elif told.news is News.DELIVERED:
        # A bounce may follow a delivery, and counts; a delivery after a bounce does not.
        if message.state is MessageState.ACCEPTED:
            move(session, message, MessageState.DELIVERED, reason=told.reason, now=now)
    elif message.state in _ARRIVED:
        _bounced(session, message, told, desk, now)


def _bounced(session: Session, message: Message, told: _Told, desk: Desk, now: datetime) -> None:
    message.last_reply = told.reason
    move(session, message, MessageState.BOUNCED, reason=told.reason, now=now)
    delay = retry_delay(message.public_id, message.attempts) if told.news is News.FULL else None
    if delay is not None:
        move(session, message, MessageState.DUE, reason=told.reason, now=now, due_at=now + delay)
        return
    move(session, message, MessageState.FAILED, reason=told.reason, now=now)
    desk.on_failed(session, message)


def _complained(session: Session, message: Message, now: datetime) -> None:
    """Send no more news to somebody who called our mail spam; an office's word is for staff."""
    if message.stream is Stream.LETTERS or message.letter_id is None:
        return
    letter = session.get(Letter, message.letter_id)
    if letter is not None and letter.email is not None:
        canonical = read_address(letter.email).canonical
        suppression.suppress(session, canonical, Channel.EMAIL, reason="complaint", now=now)


def _forward(session: Session, message: Message, reply: Reply, desk: Desk, now: datetime) -> None:
    if message.kind != letter_messages.LETTER or message.letter_id is None:
        return
    letter = session.get(Letter, message.letter_id)
    if letter is None or letter.email is None:
        return
    forwarding = outbox.queue(
        session,
        kind=REPLY,
        stream=Stream.SERVICE,
        state=MessageState.DUE,
        due_at=now,
        now=now,
        mail_domain=desk.mail_domain,
        letter_id=letter.id,
        campaign_id=letter.campaign_id,
    )
    content = json.dumps(asdict(reply))
    session.add(
        InboundReply(
            message_id=forwarding.id, letter_id=letter.id, received_at=now, content=content
        )
    )
    session.flush()


@dataclass(frozen=True, slots=True)
class ReplyComposer:
    """Builds the mail that forwards an office's answer; answers to it go to the office."""

    rules: Rules
    render: Render

    def __call__(self, session: Session, message: Message, now: datetime) -> Mail | None:
        """Return the mail, or None when the answer or its reader is gone."""
        kept = session.get(InboundReply, message.id)
        letter = session.get(Letter, message.letter_id) if message.letter_id else None
        if kept is None or letter is None or letter.email is None:
            return None
        reply = Reply(**json.loads(kept.content))
        rules = self.rules
        facts = {
            "first_name": letter.first_name,
            "target": letter.target_name,
            "organisation": rules.organisation,
            "reply": reply,
            "links": letter_pages(letter, rules, now),
        }
        subject, _, text = self.render(REPLY, letter.lang, facts).partition("\n")
        return Mail(
            from_name=rules.organisation.name,
            from_local="campaigns",
            to=Person(full_name(letter), letter.email),
            reply_to=_answerable(reply),
            subject=subject.strip(),
            text=text.strip() + "\n",
            mail_id=message.mail_id,
            date=now,
            extra=AUTO_GENERATED,
        )


def letter_pages(letter: Letter, rules: Rules, now: datetime) -> dict[str, str]:
    """Return the links that every mail to a writer carries."""
    own_page = letter_links.link(letter, letter_links.OWN_PAGE, now)
    unsubscribe = letter_links.link(letter, letter_links.UNSUBSCRIBE, now)
    return {
        "own_page": f"{rules.base_url}/your-letter/{own_page}",
        "unsubscribe": f"{rules.base_url}/unsubscribe/{unsubscribe}",
    }


def _answerable(reply: Reply) -> Person | None:
    try:
        address = wired(reply.from_address).text
    except AddressRefused:
        return None
    return Person(_UNPRINTABLE.sub(" ", reply.from_name).strip(), address)
