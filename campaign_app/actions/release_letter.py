"""Let a letter go, once for each person in a campaign."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaign_app.actions import letter_manners, letter_messages
from campaign_app.actions.letter_manners import Manners
from campaign_app.actions.rules import Rules
from campaign_app.database import unless_there
from campaign_app.letters.models import Letter, LetterState


def release(session: Session, letter: Letter, rules: Rules, now: datetime) -> None:
    """Release a letter, or end it as a duplicate when another of this person was released.

    An office counts one person once. The index ``one_letter_per_person`` decides, so that
    of two letters that are released at the same moment only one goes.
    """
    try:
        with unless_there(session):
            letter.state, letter.released_at = LetterState.RELEASED, now
    except IntegrityError:
        if not released_before(session, letter.campaign_id, letter.person_key):
            raise
        letter.state, letter.ended_at = LetterState.DUPLICATE, now
        letter_messages.stop_all(session, letter, reason="duplicate", now=now)
    else:
        leaves_at = letter_manners.leaves_at(
            session, letter, Manners.of(rules), now + rules.letter_wait
        )
        letter_messages.let_go(session, letter, rules, now, leaves_at=leaves_at)


def released_before(session: Session, campaign_id: int, person_key: bytes | None) -> bool:
    """Return whether a letter of this person was released in this campaign."""
    other = select(Letter.id).where(
        Letter.campaign_id == campaign_id,
        Letter.person_key == person_key,
        Letter.state == LetterState.RELEASED,
    )
    return session.scalar(other.limit(1)) is not None
