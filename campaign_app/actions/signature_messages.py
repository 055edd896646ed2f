"""The messages around one signature, outside the hot path: asking again, and stopping."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions.rules import MAILS_TO_ONE_ADDRESS, Rules
from campaign_app.actions.sign_row import ALREADY, CONFIRM, DAY
from campaign_app.delivery import outbox
from campaign_app.delivery.models import Message, MessageState, Stream
from campaign_app.errors import WrongState
from campaign_app.petitions.counting import free_slot, stop_counting
from campaign_app.petitions.models import Signature, SignatureState
from campaign_app.supporters.addresses import EmailAddress
from campaign_app.vault.hashing import person_key

UNPROVEN = frozenset({SignatureState.PENDING, SignatureState.HELD, SignatureState.DUPLICATE})
STOPPABLE = (MessageState.HELD, MessageState.WAITING, MessageState.DUE)


def send_again(session: Session, signature: Signature, rules: Rules, now: datetime) -> None:
    """Send a new code and link, as soon as this address may have another mail.

    Looks the same whether or not somebody signed before. Raises WrongState when there is
    nothing left to confirm.
    """
    _refuse_proven(signature)
    stop_all(session, signature, reason="asked again", now=now)
    _ask(session, signature, rules, now)


def mend_address(
    session: Session, signature: Signature, address: EmailAddress, rules: Rules, now: datetime
) -> None:
    """Put right a mistyped address: links sent to the old one die, a new mail goes out.

    Raises WrongState when the signature was confirmed.
    """
    _refuse_proven(signature)
    if signature.counted_on is not None:
        stop_counting(session, [signature.id], SignatureState.PENDING)
    stop_all(session, signature, reason="address mended", now=now)
    _move(signature, address)
    # Only proven rows bind an address; others give way when this one is proven.
    taken = _taken(session, signature)
    if signature.state is not SignatureState.HELD:
        signature.state = SignatureState.DUPLICATE if taken else SignatureState.PENDING
    _ask(session, signature, rules, now)


def stop_all(session: Session, signature: Signature, *, reason: str, now: datetime) -> None:
    """Stop every mail of this signature that has not left."""
    waiting = select(Message).where(
        Message.signature_id == signature.id, Message.state.in_(STOPPABLE)
    )
    for message in session.scalars(waiting.with_for_update()).all():
        outbox.cancel(session, message, reason=reason, now=now)


def next_mail_at(session: Session, signature: Signature, now: datetime) -> datetime:
    """Return when this address may have another mail: at most five in a day (trust.md E25)."""
    newest = session.scalars(
        select(Message.due_at)
        .join(Signature, Signature.id == Message.signature_id)
        .where(
            Signature.campaign_id == signature.campaign_id,
            Signature.email_key == signature.email_key,
            Signature.mail_due_at > now - DAY,
            Message.state.not_in((MessageState.HELD, MessageState.CANCELLED)),
            Message.due_at > now - DAY,
        )
        .order_by(Message.due_at.desc())
        .limit(MAILS_TO_ONE_ADDRESS)
    ).all()
    return max(now, newest[-1] + DAY) if len(newest) >= MAILS_TO_ONE_ADDRESS else now


def _ask(session: Session, signature: Signature, rules: Rules, now: datetime) -> None:
    signature.code_issued_at, signature.code_tries = now, 0
    session.flush()
    due_at = next_mail_at(session, signature, now)
    outbox.queue(
        session,
        kind=ALREADY if signature.state is SignatureState.DUPLICATE else CONFIRM,
        stream=Stream.SERVICE,
        state=MessageState.WAITING if due_at > now else MessageState.DUE,
        due_at=due_at,
        now=now,
        mail_domain=rules.mail_domain,
        signature_id=signature.id,
        campaign_id=signature.campaign_id,
    )
    signature.mail_due_at, signature.mails = due_at, signature.mails + 1


def _refuse_proven(signature: Signature) -> None:
    if signature.confirmed_at is not None or signature.state not in UNPROVEN:
        raise WrongState("There is nothing left to confirm.")


def _move(signature: Signature, address: EmailAddress) -> None:
    names = (signature.first_name or "", signature.last_name or "")
    signature.email, signature.email_domain = address.written, address.domain
    signature.email_key = address.key
    signature.person_key = person_key(address.canonical, *names)
    signature.email_version += 1
    # The new address has had none of the mails that went to the old one.
    signature.mail_due_at, signature.mails = None, 0


def _taken(session: Session, signature: Signature) -> bool:
    return free_slot(session, signature) is None
