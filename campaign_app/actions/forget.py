"""Act of time: letters that nobody confirmed are forgotten, and sent ones lose their words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaign_app.actions import letter_messages
from campaign_app.actions.rules import (
    LIFE_OF_UNCONFIRMED,
    NETWORK_LIFE,
    WORDS_AFTER_END,
    WORDS_OF_UNCONFIRMED,
)
from campaign_app.delivery import outbox
from campaign_app.delivery.models import Message, MessageState
from campaign_app.delivery.states import END
from campaign_app.evidence.models import RetentionRun
from campaign_app.letters.models import Letter, LetterState

BATCH = 500


def forget(session: Session, now: datetime) -> dict[str, int]:
    """Remove what has had its time, at most ``BATCH`` of each; answer how much, by rule.

    Own words of a letter that was never confirmed go after 7 days and the letter after 30;
    words of a letter that reached its end go after 28 days; network keys after 30.
    """
    removed = {
        "unconfirmed words": _drop_words(session, now),
        "unconfirmed letters": _expire(session, now),
        "words of ended letters": _drop_sent_words(session, now),
        "network keys": _drop_networks(session, now),
    }
    session.add_all(
        RetentionRun(rule=rule, cutoff=now, ran_at=now, removed=count)
        for rule, count in removed.items()
        if count
    )
    return removed


def _drop_words(session: Session, now: datetime) -> int:
    letters = session.scalars(
        select(Letter)
        .where(
            Letter.state == LetterState.UNCONFIRMED,
            Letter.created_at <= now - WORDS_OF_UNCONFIRMED,
            Letter.own_words.is_not(None),
        )
        .limit(BATCH)
    ).all()
    for letter in letters:
        # A letter without the words it was written with must not leave: it waits for its end.
        letter.own_words = letter.body = None
    return len(letters)


def _expire(session: Session, now: datetime) -> int:
    letters = session.scalars(
        select(Letter)
        .where(
            Letter.state == LetterState.UNCONFIRMED,
            Letter.created_at <= now - LIFE_OF_UNCONFIRMED,
        )
        .limit(BATCH)
    ).all()
    for letter in letters:
        message = letter_messages.own_message(session, letter)
        outbox.expire(session, message, reason="never confirmed", now=now)
        letter_messages.stop_all(session, letter, reason="never confirmed", now=now)
        letter.state, letter.ended_at = LetterState.EXPIRED, now
        erase(letter, now)
    return len(letters)


def erase(letter: Letter, now: datetime) -> None:
    """Take the person out of a letter; its place in the counts stays."""
    letter.first_name = letter.last_name = letter.email = letter.email_domain = None
    letter.email_key = letter.person_key = letter.network_key = None
    letter.address = letter.postcode = letter.own_words = letter.body = letter.outcode = None
    letter.seed = bytes(16)
    letter.erased_at = now


def _drop_sent_words(session: Session, now: datetime) -> int:
    ended = (
        select(Message.letter_id)
        .where(
            Message.kind == letter_messages.LETTER,
            Message.state.in_(_ended_states()),
            Message.ended_at <= now - WORDS_AFTER_END,
        )
        .scalar_subquery()
    )
    letters = session.scalars(
        select(Letter).where(Letter.id.in_(ended), Letter.body.is_not(None)).limit(BATCH)
    ).all()
    for letter in letters:
        letter.own_words = letter.body = letter.address = letter.postcode = None
    return len(letters)


def _ended_states() -> Iterable[MessageState]:
    return sorted(END)


def _drop_networks(session: Session, now: datetime) -> int:
    old = (
        select(Letter.id)
        .where(Letter.network_key.is_not(None), Letter.created_at <= now - NETWORK_LIFE)
        .limit(BATCH)
    )
    result = session.execute(
        update(Letter).where(Letter.id.in_(old.scalar_subquery())).values(network_key=None)
    )
    return int(getattr(result, "rowcount", 0))
