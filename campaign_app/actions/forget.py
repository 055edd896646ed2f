"""Act of time: letters that nobody confirmed are forgotten, and sent ones lose their words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
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


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise: which letters it is about ``life`` after something, and what they lose."""

    life: timedelta
    about: Callable[[datetime], ColumnElement[bool]]
    forget: Callable[[Session, Letter, datetime], None]


def forget(session: Session, now: datetime) -> dict[str, int]:
    """Remove what has had its time, at most ``BATCH`` of each; answer how much, by rule.

    Own words of a letter that was never confirmed go after 7 days and the letter after 30;
    words of a letter that reached its end go after 28 days; network keys after 30.
    """
    return {name: _keep(session, name, rule, now) for name, rule in RULES.items()}


def _keep(session: Session, name: str, rule: Rule, now: datetime) -> int:
    cutoff = now - rule.life
    letters = _locked(session, rule.about(cutoff))
    for letter in letters:
        rule.forget(session, letter, now)
    if letters:
        run = RetentionRun(rule=name, cutoff=cutoff, ran_at=now, removed=len(letters))
        session.add(run)
        session.flush()
    return len(letters)


def _locked(session: Session, about: ColumnElement[bool]) -> Sequence[Letter]:
    """Return letters that nobody is changing: who is being confirmed now is not forgotten."""
    return session.scalars(
        select(Letter)
        .where(about)
        .order_by(Letter.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def erase(letter: Letter, now: datetime) -> None:
    """Take the person out of a letter; its place in the counts stays."""
    letter.first_name = letter.last_name = letter.email = letter.email_domain = None
    letter.email_key = letter.person_key = letter.network_key = None
    letter.address = letter.postcode = letter.own_words = letter.body = letter.outcode = None
    letter.subject = ""
    letter.seed = bytes(16)
    letter.erased_at = now


def _never_confirmed(cutoff: datetime) -> ColumnElement[bool]:
    return (Letter.state == LetterState.UNCONFIRMED) & (Letter.created_at <= cutoff)


def _never_confirmed_with_words(cutoff: datetime) -> ColumnElement[bool]:
    return _never_confirmed(cutoff) & Letter.own_words.is_not(None)


def _ended_with_words(cutoff: datetime) -> ColumnElement[bool]:
    ended = (
        select(Message.id)
        .where(
            Message.letter_id == Letter.id,
            Message.kind == letter_messages.LETTER,
            Message.state.in_(sorted(END)),
            Message.ended_at <= cutoff,
        )
        .exists()
    )
    return Letter.body.is_not(None) & (Letter.created_at <= cutoff) & ended


def _with_network(cutoff: datetime) -> ColumnElement[bool]:
    return Letter.network_key.is_not(None) & (Letter.created_at <= cutoff)


def _drop_unsent_words(_session: Session, letter: Letter, _now: datetime) -> None:
    # A letter without the words it was written with must not leave: it waits for its end.
    letter.own_words = letter.body = None


def _drop_words(_session: Session, letter: Letter, _now: datetime) -> None:
    letter.own_words = letter.body = letter.address = letter.postcode = None


def _expire(session: Session, letter: Letter, now: datetime) -> None:
    own = letter_messages.own_message(session, letter)
    if own.state is MessageState.HELD:
        outbox.expire(session, own, reason="never confirmed", now=now)
    letter_messages.stop_all(session, letter, reason="never confirmed", now=now)
    letter.state, letter.ended_at = LetterState.EXPIRED, now
    erase(letter, now)


def _drop_network(_session: Session, letter: Letter, _now: datetime) -> None:
    letter.network_key = None


RULES: Mapping[str, Rule] = {
    "unconfirmed words": Rule(
        WORDS_OF_UNCONFIRMED, _never_confirmed_with_words, _drop_unsent_words
    ),
    "unconfirmed letters": Rule(LIFE_OF_UNCONFIRMED, _never_confirmed, _expire),
    "words of ended letters": Rule(WORDS_AFTER_END, _ended_with_words, _drop_words),
    "network keys": Rule(NETWORK_LIFE, _with_network, _drop_network),
}
