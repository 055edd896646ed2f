"""The messages around one letter: the letter itself, its copy, and what asks to confirm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions.rules import MAILS_TO_ONE_ADDRESS, REMINDER_AFTER, Rules
from campaign_app.delivery import outbox
from campaign_app.delivery.models import Message, MessageState, Stream
from campaign_app.letters.models import Letter

LETTER = "letter"
COPY = "letter_copy"
CONFIRM = "confirm_letter"
REMINDER = "confirm_reminder"
FAILED = "letter_failed"
HOLDER_CHANGED = "holder_changed"  #: asks the writer whether a new office holder gets it

MAIL_WINDOW = timedelta(hours=24)

#: In these states nothing of a message has left, and it can still be stopped.
NOT_LEFT = frozenset({MessageState.HELD, MessageState.WAITING, MessageState.DUE})


def queue_held(session: Session, letter: Letter, rules: Rules, now: datetime) -> Message:
    """Put the letter itself into the outbox, held until it is released."""
    return outbox.queue(
        session,
        kind=LETTER,
        stream=Stream.LETTERS,
        state=MessageState.HELD,
        due_at=now,
        now=now,
        mail_domain=rules.mail_domain,
        letter_id=letter.id,
        campaign_id=letter.campaign_id,
        target_id=letter.target_id,
    )


def ask_to_confirm(session: Session, letter: Letter, rules: Rules, now: datetime) -> bool:
    """Send the code and the link, and one reminder a day later.

    Answers False, and sends nothing, when so many mails to this address wait already that
    this one would have to wait for more than a day.
    """
    due_at = _allowed_at(session, letter, CONFIRM, now)
    if due_at is None:
        return False
    # A code that waits with its mail begins to count when the mail leaves.
    letter.code_issued_at, letter.code_tries = due_at, 0
    _service(session, letter, CONFIRM, due_at, rules, now)
    remind_at = _allowed_at(session, letter, REMINDER, due_at + REMINDER_AFTER)
    if remind_at is not None and not outbox.of_letter(session, letter.id, kind=REMINDER):
        _service(session, letter, REMINDER, remind_at, rules, now)
    return True


def confirmation_waits(session: Session, letter: Letter) -> bool:
    """Return whether a mail that asks to confirm still waits for its time."""
    asking = outbox.of_letter(session, letter.id, kind=CONFIRM)
    return any(message.state is MessageState.WAITING for message in asking)


def drop_confirmations(session: Session, letter: Letter, *, reason: str, now: datetime) -> None:
    """Stop mails that ask to confirm and have not left."""
    _stop(session, outbox.of_letter(session, letter.id, kind=CONFIRM), reason=reason, now=now)


def let_go(
    session: Session, letter: Letter, rules: Rules, now: datetime, *, leaves_at: datetime
) -> None:
    """Let the letter's message go when its turn comes, and send its writer a copy at once."""
    outbox.release(session, own_message(session, letter), leaves_at, now)
    send_copy(session, letter, rules, now)


def send_copy(session: Session, letter: Letter, rules: Rules, now: datetime) -> None:
    """Send the writer a copy, as a message of its own (trust.md E22).

    A copy that has not left yet is enough, since it is built when it leaves.
    """
    copies = outbox.of_letter(session, letter.id, kind=COPY)
    if not any(message.state is MessageState.DUE for message in copies):
        _service(session, letter, COPY, now, rules, now)


def tell_of_failure(session: Session, letter: Letter, rules: Rules, now: datetime) -> None:
    """Send the writer their words back, with the office's postal address."""
    _service(session, letter, FAILED, now, rules, now)


def own_message(session: Session, letter: Letter) -> Message:
    """Return the outbox row of the letter itself."""
    return outbox.of_letter(session, letter.id, kind=LETTER)[0]


def stop_all(session: Session, letter: Letter, *, reason: str, now: datetime) -> None:
    """Stop everything of this letter that has not left yet."""
    _stop(session, outbox.of_letter(session, letter.id), reason=reason, now=now)


def _stop(session: Session, messages: Iterable[Message], *, reason: str, now: datetime) -> None:
    for message in messages:
        if message.state in NOT_LEFT:
            outbox.cancel(session, message, reason=reason, now=now)


def _service(
    session: Session, letter: Letter, kind: str, due_at: datetime, rules: Rules, now: datetime
) -> Message:
    return outbox.queue(
        session,
        kind=kind,
        stream=Stream.SERVICE,
        state=MessageState.WAITING if due_at > now else MessageState.DUE,
        due_at=due_at,
        now=now,
        mail_domain=rules.mail_domain,
        letter_id=letter.id,
        campaign_id=letter.campaign_id,
    )


def _allowed_at(session: Session, letter: Letter, kind: str, wanted: datetime) -> datetime | None:
    """Return when another such mail may go to this address, or None when too many wait.

    At most five of a kind go to one address in 24 hours (trust.md E25).
    """
    newest = session.scalars(
        select(Message.due_at)
        .join(Letter, Letter.id == Message.letter_id)
        .where(
            Letter.email_key == letter.email_key,
            # No letter asks for so long; the index on address and time is used.
            Letter.created_at > wanted - 4 * MAIL_WINDOW,
            Message.kind == kind,
            Message.state != MessageState.CANCELLED,
            Message.due_at > wanted - MAIL_WINDOW,
        )
        .order_by(Message.due_at.desc())
        .limit(MAILS_TO_ONE_ADDRESS)
    ).all()
    if len(newest) < MAILS_TO_ONE_ADDRESS:
        return wanted
    allowed = newest[-1] + MAIL_WINDOW
    return max(wanted, allowed) if allowed <= wanted + MAIL_WINDOW else None
