"""Act: change or take back a letter before it leaves, or say that it is not one's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app.actions import letter_messages
from campaign_app.actions.own_words import refuse_without_tick
from campaign_app.actions.rules import Rules
from campaign_app.delivery import outbox
from campaign_app.delivery.models import MessageState
from campaign_app.delivery.outbox import AlreadyLeft
from campaign_app.errors import WrongState
from campaign_app.letters.merge import LetterText
from campaign_app.letters.models import Letter, LetterState
from campaign_app.letters.own_share import alike_percent
from campaign_app.supporters import consents
from campaign_app.supporters.consents import Choice, Shown
from campaign_app.supporters.models import Supporter

#: In these states nothing of a letter has reached its office, and nothing will.
NEVER_LEFT = frozenset({MessageState.TAKEN_BACK, MessageState.CANCELLED, MessageState.EXPIRED})


def can_change(session: Session, letter: Letter) -> bool:
    """Return whether the letter can still be changed or taken back."""
    live = letter.state in {LetterState.UNCONFIRMED, LetterState.RELEASED}
    own = letter_messages.own_message(session, letter)
    return live and own.state in letter_messages.NOT_LEFT


def take_back(session: Session, letter: Letter, now: datetime) -> None:
    """Stop a letter on its writer's word, and let go of its words.

    Raises AlreadyLeft when it is on its way, WrongState when it has ended otherwise; a
    second time changes nothing.
    """
    if letter.state is LetterState.TAKEN_BACK:
        return
    own = letter_messages.own_message(session, letter)
    if own.state in NEVER_LEFT:
        raise WrongState("This letter was stopped already, so there is nothing to take back.")
    if not can_change(session, letter):
        raise AlreadyLeft
    outbox.take_back(session, own, now=now)
    _end(session, letter, LetterState.TAKEN_BACK, reason="taken back", now=now)


def not_me(session: Session, letter: Letter, now: datetime) -> bool:
    """Stop a letter that someone else wrote in this person's name; answer whether in time.

    A second time changes nothing and gets the same answer.
    """
    own = letter_messages.own_message(session, letter)
    if letter.state is not LetterState.NOT_ME:
        if can_change(session, letter):
            outbox.take_back(session, own, now=now, reason="not me")
        supporter = session.get(Supporter, letter.supporter_id) if letter.supporter_id else None
        consents.disown(session, letter.subject_id, supporter, now)
        _end(session, letter, LetterState.NOT_ME, reason="not me", now=now)
    return own.state in NEVER_LEFT


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
    Raises WrongState when it has left, WordsNotAgreed for words without their consent.
    """
    if not can_change(session, letter):
        raise WrongState("This letter has left, so its words cannot be changed any more.")
    if text.own_words:
        refuse_without_tick([story])
    _record_story(session, letter, story if text.own_words else None, shown)
    letter.own_words = text.own_words or None
    letter.story_consented = bool(text.own_words)
    letter.body = text.body
    letter.asks = list(asks)
    letter.alike_percent = alike_percent(text.own_words, text.shared_text)
    if letter.state is LetterState.RELEASED:
        letter_messages.send_copy(session, letter, rules, shown.at)


def _record_story(session: Session, letter: Letter, story: Choice | None, shown: Shown) -> None:
    proven = letter.confirmed_at is not None
    if story is not None:
        consents.record(session, letter.subject_id, [story], shown, proven=proven)
    elif letter.own_words:
        consents.take_out_story(session, letter.subject_id, shown, proven=proven)


def _end(
    session: Session, letter: Letter, state: LetterState, *, reason: str, now: datetime
) -> None:
    letter.state = state
    letter.ended_at = now
    letter.own_words = letter.body = letter.address = letter.postcode = None
    letter_messages.stop_all(session, letter, reason=reason, now=now)
