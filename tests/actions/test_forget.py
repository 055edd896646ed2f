"""Forgetting: each promise on its day, and not a day earlier."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions import confirm_letter, letter_links
from campaign_app.actions.confirm_letter import WordsForgotten
from campaign_app.actions.forget import RULES as PROMISES
from campaign_app.actions.forget import forget
from campaign_app.delivery.models import Message, MessageState
from campaign_app.delivery.states import END
from campaign_app.errors import LinkRefused
from campaign_app.evidence.models import RetentionRun
from campaign_app.letters.models import Letter, LetterState
from tests.factories import RULES, messages, send, unconfirmed
from tests.together import two_at_once

DAY = timedelta(days=1)
MOMENT = timedelta(seconds=1)


def ended(session: Session, letter: Letter, state: MessageState, at: datetime) -> None:
    own = messages(session, letter, "letter")[0]
    own.state, own.ended_at = state, at
    session.flush()


def test_unconfirmed_words_go_after_seven_days(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now, own_words="My words.")

    before = forget(session, now + 7 * DAY - MOMENT)
    words = letter.own_words
    after = forget(session, now + 7 * DAY)

    assert before["unconfirmed words"] == 0
    assert words == "My words."
    assert after["unconfirmed words"] == 1
    assert letter.own_words is None
    assert letter.body is None
    assert letter.email is not None


def test_a_letter_whose_words_are_gone_cannot_be_released(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now, own_words="My words.")
    forget(session, now + 7 * DAY)

    with pytest.raises(WordsForgotten):
        confirm_letter.confirm(session, letter, RULES, now + 8 * DAY)
    assert messages(session, letter, "letter")[0].state is MessageState.HELD


def test_a_letter_without_own_words_can_still_be_confirmed(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    forget(session, now + 8 * DAY)

    confirm_letter.confirm(session, letter, RULES, now + 8 * DAY)

    assert letter.state is LetterState.RELEASED


def test_unconfirmed_letters_go_after_thirty_days(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now, own_words="My words.")
    token = letter_links.link(letter, letter_links.NOT_ME, now)

    forget(session, now + 30 * DAY - MOMENT)
    before = letter.state
    forget(session, now + 30 * DAY)

    assert before is LetterState.UNCONFIRMED
    assert letter.state is LetterState.EXPIRED
    assert messages(session, letter, "letter")[0].state is MessageState.EXPIRED
    with pytest.raises(LinkRefused):
        letter_links.follow(session, token, letter_links.NOT_ME, now + 30 * DAY)


def test_a_forgotten_letter_holds_nothing_of_its_writer(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now, own_words="My words.")

    forget(session, now + 30 * DAY)

    personal = [column.name for column in Letter.__table__.columns if column.info.get("personal")]
    assert {name: getattr(letter, name) for name in personal} == dict.fromkeys(personal)
    assert letter.subject == ""
    assert letter.seed == bytes(16)
    assert letter.pcon == "E14001085"


def test_a_forgotten_letter_sends_no_more_mail(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)

    forget(session, now + 30 * DAY)

    states = session.scalars(select(Message.state).where(Message.letter_id == letter.id))
    assert set(states) == {MessageState.EXPIRED, MessageState.CANCELLED}


@pytest.mark.parametrize("state", sorted(END))
def test_words_go_28_days_after_the_letter_s_end(
    session: Session, now: datetime, state: MessageState
) -> None:
    letter = send(session, now - 3 * DAY, own_words="My words.").letter
    ended(session, letter, state, now)

    forget(session, now + 28 * DAY - MOMENT)
    before = letter.own_words
    forget(session, now + 28 * DAY)

    assert before == "My words."
    assert (letter.own_words, letter.body, letter.address, letter.postcode) == (None,) * 4
    assert letter.email is not None


def test_words_of_a_letter_that_still_travels_stay(session: Session, now: datetime) -> None:
    letter = send(session, now, own_words="My words.").letter

    forget(session, now + 60 * DAY)

    assert letter.own_words == "My words."


def test_network_keys_go_after_thirty_days(session: Session, now: datetime) -> None:
    letter = send(session, now).letter

    forget(session, now + 30 * DAY - MOMENT)
    before = letter.network_key
    forget(session, now + 30 * DAY)

    assert before is not None
    assert letter.network_key is None


def test_every_run_leaves_its_evidence(session: Session, now: datetime) -> None:
    unconfirmed(session, now, own_words="My words.")

    forget(session, now + 7 * DAY)

    run = session.scalars(select(RetentionRun)).one()
    assert (run.rule, run.removed) == ("unconfirmed words", 1)
    assert (run.cutoff, run.ran_at) == (now, now + 7 * DAY)


def test_forgetting_again_finds_nothing(session: Session, now: datetime) -> None:
    unconfirmed(session, now, own_words="My words.")
    forget(session, now + 90 * DAY)

    again = forget(session, now + 90 * DAY)

    assert again == dict.fromkeys(PROMISES, 0)


def test_a_letter_whose_message_was_stopped_is_forgotten_too(
    session: Session, now: datetime
) -> None:
    letter = unconfirmed(session, now)
    ended(session, letter, MessageState.CANCELLED, now)

    forget(session, now + 30 * DAY)

    assert letter.state is LetterState.EXPIRED


def test_a_letter_that_is_being_confirmed_keeps_its_words(
    app: Flask, session: Session, now: datetime
) -> None:
    """Else it would be released without them, and quietly never leave."""
    letter = unconfirmed(session, now, own_words="My words.")
    token = letter_links.link(letter, letter_links.CONFIRM, now)
    session.commit()
    later = now + 7 * DAY

    with two_at_once(app, lambda other: forget(other, later)) as (mine, others):
        followed = letter_links.follow(mine, token, letter_links.CONFIRM, later)
        confirm_letter.confirm(mine, followed, RULES, later)

    assert others[0]["unconfirmed words"] == 0
    assert session.get_one(Letter, letter.id, populate_existing=True).own_words == "My words."
