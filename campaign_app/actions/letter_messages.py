"""The messages around one letter: the letter itself, its copy, and what asks to confirm."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions.rules import MAILS_TO_ONE_ADDRESS, REMINDER_AFTER, Rules
from campaign_app.delivery import outbox
from campaign_app.delivery.models import Message, MessageState, Stream
from campaign_app.letters.models import Letter, LetterState

LETTER = "letter"
COPY = "letter_copy"
CONFIRM = "confirm_letter"
REMINDER = "confirm_reminder"
FAILED = "letter_failed"

MAIL_WINDOW = timedelta(hours=24)


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


def ask_to_confirm(session: Session, letter: Letter, rules: Rules, now: datetime) -> None:
    """Send the code and the link, and one reminder a day later."""
    letter.code_issued_at = now
    letter.code_tries = 0
    due_at = _allowed_at(session, letter, now)
    _service(session, letter, CONFIRM, due_at, rules, now)
    if not outbox.of_letter(session, letter.id, kind=REMINDER):
        _service(session, letter, REMINDER, now + REMINDER_AFTER, rules, now)


def release(session: Session, letter: Letter, rules: Rules, now: datetime) -> None:
    """Let the letter go after its waiting time, and send its writer a copy at once."""
    letter.state = LetterState.RELEASED
    letter.released_at = now
    outbox.release(session, own_message(session, letter), now + rules.letter_wait, now)
    send_copy(session, letter, rules, now)


def send_copy(session: Session, letter: Letter, rules: Rules, now: datetime) -> None:
    """Send the writer a copy, as a message of its own (trust.md E22)."""
    _service(session, letter, COPY, now, rules, now)


def tell_of_failure(session: Session, letter: Letter, rules: Rules, now: datetime) -> None:
    """Send the writer their words back, with the office's postal address."""
    _service(session, letter, FAILED, now, rules, now)


def own_message(session: Session, letter: Letter) -> Message:
    """Return the outbox row of the letter itself."""
    return outbox.of_letter(session, letter.id, kind=LETTER)[0]


def stop_all(session: Session, letter: Letter, *, reason: str, now: datetime) -> None:
    """Stop everything of this letter that has not left yet."""
    stoppable = {MessageState.HELD, MessageState.WAITING, MessageState.DUE}
    for message in outbox.of_letter(session, letter.id):
        if message.state in stoppable:
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


def _allowed_at(session: Session, letter: Letter, now: datetime) -> datetime:
    """Return when another mail may go to this address: at most five in a day (trust.md E25)."""
    newest = session.scalars(
        select(Message.due_at)
        .join(Letter, Letter.id == Message.letter_id)
        .where(
            Letter.email_key == letter.email_key,
            Letter.created_at > now - 2 * MAIL_WINDOW,
            Message.kind == CONFIRM,
            Message.due_at > now - MAIL_WINDOW,
        )
        .order_by(Message.due_at.desc())
        .limit(MAILS_TO_ONE_ADDRESS)
    ).all()
    return max(now, newest[-1] + MAIL_WINDOW) if len(newest) >= MAILS_TO_ONE_ADDRESS else now
