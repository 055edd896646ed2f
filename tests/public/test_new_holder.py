"""The office changed hands before a letter left: its writer decides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.actions import letter_links, letter_messages
from campaign_app.actions.holder_changed import settle_letters
from campaign_app.actions.rules import Rules
from campaign_app.delivery.models import MessageState
from campaign_app.letters.models import Letter
from campaign_app.settings import Settings
from campaign_app.supporters.models import Channel, ConsentEvent
from campaign_app.targets.models import Target
from tests.doors.person import WORDS, Someone


@pytest.fixture
def held(app: Flask, session: Session, settings: Settings, someone: Someone) -> Letter:
    """Return a confirmed letter with own words that waits because its office changed hands."""
    someone.goes_to_letter()
    someone.presses("Send to", personal_message=WORDS, consent_story="yes")
    letter = session.scalars(select(Letter)).one()
    with app.app_context():
        token = letter_links.link(letter, letter_links.CONFIRM, clock.now())
    someone.opens(f"/confirm/{token}")
    someone.presses("/confirm/")
    session.expire_all()
    old = session.get_one(Target, letter.target_id)
    today = clock.london_date(clock.now())
    new = Target(
        kind=old.kind,
        area_code=old.area_code,
        state=old.state,
        name="Bela Example (demonstration MP)",
        salutation="Bela Example MP",
        email="bela@parliament.demo.invalid",
        source="test",
        checked_on=today,
        valid_from=today,
    )
    old.valid_to, old.valid_from = today, today - timedelta(days=1)
    session.flush()
    session.add(new)
    settle_letters(session, Rules.of(settings), clock.now())
    session.commit()
    return letter


def own_page(app: Flask, letter: Letter) -> str:
    with app.app_context():
        return f"/your-letter/{letter_links.link(letter, letter_links.OWN_PAGE, clock.now())}"


def test_the_page_says_who_took_over_and_what_would_be_agreed(
    app: Flask, held: Letter, someone: Someone
) -> None:
    someone.opens(own_page(app, held))

    assert "Bela Example (demonstration MP) has taken over" in someone.text
    assert "including anything about my health, to Bela Example (demonstration MP)" in someone.text


def test_the_button_sends_it_to_the_new_holder(
    app: Flask, held: Letter, someone: Someone, session: Session
) -> None:
    someone.opens(own_page(app, held))
    someone.presses("/new-holder")

    session.expire_all()
    letter = session.get_one(Letter, held.id)
    assert letter.target_name == "Bela Example (demonstration MP)"
    assert letter.body is not None
    assert letter.body.startswith("Dear Bela Example MP,")
    assert WORDS in letter.body
    assert letter_messages.own_message(session, letter).state in {
        MessageState.WAITING,
        MessageState.DUE,
    }


def test_the_words_are_agreed_to_once_more(
    app: Flask, held: Letter, someone: Someone, session: Session
) -> None:
    someone.opens(own_page(app, held))
    someone.presses("/new-holder")

    pages = session.scalars(
        select(ConsentEvent.page).where(
            ConsentEvent.subject_id == held.subject_id, ConsentEvent.channel == Channel.STORY
        )
    ).all()
    assert "own page, new holder" in pages
