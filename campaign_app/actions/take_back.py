"""Act: change or take back a letter before it leaves, or say that it is not one's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app.actions import letter_messages
from campaign_app.actions.rules import Rules
from campaign_app.delivery import outbox
from campaign_app.delivery.models import MessageState
from campaign_app.errors import WrongState
from campaign_app.letters.merge import LetterText
from campaign_app.letters.models import Letter, LetterState
from campaign_app.letters.own_share import alike_percent
from campaign_app.supporters import consents
from campaign_app.supporters.consents import Choice, Shown
from campaign_app.supporters.models import Supporter

NOT_LEFT = frozenset({MessageState.HELD, MessageState.WAITING, MessageState.DUE})


def can_change(session: Session, letter: Letter) -> bool:
    """Return whether the letter can still be changed or taken back."""
    live = letter.state in {LetterState.UNCONFIRMED, LetterState.RELEASED}
    return live and letter_messages.own_message(session, letter).state in NOT_LEFT


def take_back(session: Session, letter: Letter, now: datetime) -> None:
    """Stop a letter on its writer's word, and let go of its words.

    Raises AlreadyLeft when it is on its way; a second time changes nothing.
    """
    if letter.state is LetterState.TAKEN_BACK:
        return
    outbox.take_back(session, letter_messages.own_message(session, letter), now=now)
    _end(session, letter, LetterState.TAKEN_BACK, reason="taken back", now=now)


def not_me(session: Session, letter: Letter, now: datetime) -> bool:
    """Stop a letter that someone else wrote in this person's name; answer whether in time."""
    if letter.state is LetterState.NOT_ME:
        return True
    stoppable = can_change(session, letter)
    if stoppable:
        outbox.take_back(
            session, letter_messages.own_message(session, letter), now=now, reason="not me"
        )
    supporter = session.get(Supporter, letter.supporter_id) if letter.supporter_id else None
    consents.disown(session, letter.subject_id, supporter, now)
    _end(session, letter, LetterState.NOT_ME, reason="not me", now=now)
    return stoppable


def change_words(
    session: Session,
    letter: Letter,
    text: LetterText,
    *,
    asks: tuple[str, ...],
    story: Choice | None,
    shown: Shown,
    rules: Rules,
) -> None:
    """Put new words into a letter that has not left; a released one sends a new copy.

    ``story`` is the explicit consent for the new words, None when there are none.
    Raises WrongState when it has left.
    """
    if not can_change(session, letter):
        raise WrongState("This letter has left, so its words cannot be changed any more.")
    if story is not None:
        consents.record(session, letter.subject_id, [story], shown, proven=False)
    letter.own_words = text.own_words or None
    letter.story_consented = bool(text.own_words)
    letter.body = text.body
    letter.asks = list(asks)
    letter.alike_percent = alike_percent(text.own_words, text.shared_text)
    if letter.state is LetterState.RELEASED:
        letter_messages.send_copy(session, letter, rules, shown.at)


def _end(
    session: Session, letter: Letter, state: LetterState, *, reason: str, now: datetime
) -> None:
    letter.state = state
    letter.ended_at = now
    letter.own_words = letter.body = letter.address = letter.postcode = None
    letter_messages.stop_all(session, letter, reason=reason, now=now)
