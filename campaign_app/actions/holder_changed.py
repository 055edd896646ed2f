"""Act: letters that have not left wait when their office changes hands or cannot be written to.

When the holder changed, the supporter is asked whether the letter should go to whoever holds
the office now. When the reason may pass, such as a dissolution, the letter goes once it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from campaign_app.actions import letter_messages
from campaign_app.actions.rules import Rules
from campaign_app.delivery import outbox
from campaign_app.delivery.models import Message, MessageEvent, MessageState, Stream
from campaign_app.delivery.states import TRANSITIONS, record
from campaign_app.errors import WrongState
from campaign_app.letters.merge import LetterText
from campaign_app.letters.models import Letter, LetterState
from campaign_app.targets.models import Target, TargetState
from campaign_app.targets.offices import current_target

HOLDER_CHANGED = letter_messages.HOLDER_CHANGED


class Why(StrEnum):
    """Why a letter is held, as its message's history says."""

    CHANGED = "holder changed"
    DISSOLVED = "Parliament is dissolved"
    NOT_WRITABLE = "the office cannot be written to"


#: A letter goes by itself once these reasons have passed.
PASSING = frozenset({Why.DISSOLVED, Why.NOT_WRITABLE})

# A released letter whose message is in one of these is about to leave.
_NOT_LEFT = (MessageState.WAITING, MessageState.DUE)

_Found = Select[Message, Letter, Target]


@dataclass(frozen=True, slots=True)
class Settled:
    """How many letters were held, how many writers asked, how many letters let go again."""

    held: int = 0
    asked: int = 0
    let_go: int = 0


def settle_letters(
    session: Session, rules: Rules, now: datetime, *, letter: Letter | None = None
) -> Settled:
    """Hold what may not leave, ask whom it concerns, let go what may leave again; never commits.

    Looks at all released letters, or at one. Done again, it changes nothing. Call it after
    every change of targets, and when a letter has been released.
    """
    stopped = session.execute(_one(_stopped(), letter)).all()
    for message, _, target in stopped:
        outbox.hold(session, message, reason=_why(target), now=now)
    ended = session.execute(_one(_unasked(), letter)).all()
    for message, written, _ in ended:
        _ask(session, message, written, rules, now)
    free = session.scalars(_one(_free(), letter)).all()
    for message in free:
        outbox.release(session, message, now, now)
    return Settled(len(stopped), len(ended), len(free))


def new_holder(session: Session, letter: Letter) -> Target | None:
    """Return who holds the office of a letter now; None when nobody does."""
    old = session.get_one(Target, letter.target_id)
    now = current_target(session, old.kind, old.area_code)
    return None if now is None or now.state is TargetState.VACANT else now


def send_to_new_holder(
    session: Session,
    letter: Letter,
    target: Target,
    text: LetterText,
    *,
    rules: Rules,
    now: datetime,
) -> None:
    """Let a held letter go to whoever holds the office now, on its writer's word.

    ``text`` is the letter merged anew, because the old one greets somebody else. Raises
    WrongState unless the letter is held and the office can be written to.
    """
    message = letter_messages.own_message(session, letter)
    released = letter.state is LetterState.RELEASED
    if not released or message.state is not MessageState.HELD:
        raise WrongState("This letter is not waiting for your answer any more.")
    if target.state is not TargetState.SITTING or target.valid_to is not None:
        raise WrongState("This office cannot be written to at the moment.")
    letter.target_id = message.target_id = target.id
    letter.target_name = target.name
    letter.body = text.body
    outbox.release(session, message, now + rules.letter_wait, now)
    letter_messages.send_copy(session, letter, rules, now)


def _letters(*states: MessageState) -> _Found:
    found = (
        select(Message, Letter, Target)
        .join(Letter, Letter.id == Message.letter_id)
        .join(Target, Target.id == Letter.target_id)
        .where(
            Message.kind == letter_messages.LETTER,
            Message.state.in_(states),
            Letter.state == LetterState.RELEASED,
        )
        .order_by(Message.id)
    )
    # A message that a worker is claiming at this moment is on its way, so it is left alone.
    locked = found.with_for_update(of=Message, skip_locked=True)
    return locked.execution_options(populate_existing=True)


def _one(found: _Found, letter: Letter | None) -> _Found:
    return found if letter is None else found.where(Letter.id == letter.id)


def _stopped() -> _Found:
    can_leave = [state for state in _NOT_LEFT if MessageState.HELD in TRANSITIONS[state]]
    return _letters(*can_leave).where(
        or_(Target.valid_to.is_not(None), Target.state != TargetState.SITTING)
    )


def _unasked() -> _Found:
    question = aliased(Message)
    asked = exists().where(
        question.letter_id == Letter.id,
        question.kind == HOLDER_CHANGED,
        question.target_id == Letter.target_id,
    )
    return _letters(MessageState.HELD).where(Target.valid_to.is_not(None), ~asked)


def _free() -> _Found:
    last = (
        select(MessageEvent.reason)
        .where(MessageEvent.message_id == Message.id)
        .order_by(MessageEvent.id.desc())
        .limit(1)
        .correlate(Message)
        .scalar_subquery()
    )
    return _letters(MessageState.HELD).where(
        Target.valid_to.is_(None), Target.state == TargetState.SITTING, last.in_(sorted(PASSING))
    )


def _why(target: Target) -> Why:
    if target.valid_to is not None:
        return Why.CHANGED
    return Why.DISSOLVED if target.state is TargetState.DISSOLVED else Why.NOT_WRITABLE


def _ask(session: Session, message: Message, letter: Letter, rules: Rules, now: datetime) -> None:
    # A letter that was held for another reason is now held for this one.
    record(session, [message.id], MessageState.HELD, reason=Why.CHANGED, now=now)
    outbox.queue(
        session,
        kind=HOLDER_CHANGED,
        stream=Stream.SERVICE,
        state=MessageState.DUE,
        due_at=now,
        now=now,
        mail_domain=rules.mail_domain,
        letter_id=letter.id,
        campaign_id=letter.campaign_id,
        target_id=letter.target_id,
    )
