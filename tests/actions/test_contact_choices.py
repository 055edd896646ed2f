"""Choosing how one may be contacted, and stopping it, for proven and unproven people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions import confirm_letter, contact_choices
from campaign_app.actions.contact_choices import ContactDetails
from campaign_app.errors import WrongState
from campaign_app.letters.models import Letter
from campaign_app.supporters.consents import Choice, may_contact
from campaign_app.supporters.models import (
    Channel,
    ConsentEvent,
    Permission,
    Purpose,
    SupporterIdentity,
)
from campaign_app.supporters.suppression import suppressed
from tests.factories import RULES, news, send, shown, supporter, unconfirmed

MINUTE = timedelta(minutes=1)
DETAILS = ContactDetails("020 7946 0123", "1 Example Street", "SE1 2DL")


def proven(session: Session, now: datetime, choices: Sequence[Choice] = ()) -> Letter:
    letter = unconfirmed(session, now, choices=choices)
    confirm_letter.confirm(session, letter, RULES, now)
    return letter


def choose(
    session: Session, letter: Letter, now: datetime, channel: Channel, *, granted: bool
) -> SupporterIdentity:
    choices = [news(session, now, granted=granted, channel=channel)]
    contact_choices.add_channels(session, letter, choices, DETAILS, shown(now))
    return session.scalars(select(SupporterIdentity)).one()


def stop(session: Session, letter: Letter, now: datetime) -> None:
    contact_choices.stop_emails(session, letter, shown(now))


def allowed(session: Session, letter: Letter, channel: Channel = Channel.EMAIL) -> bool:
    assert letter.supporter_id is not None
    return may_contact(session, letter.supporter_id, channel, Purpose.UPDATES)


@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.SMS])
def test_a_yes_to_calls_or_texts_keeps_the_number_alone(
    session: Session, now: datetime, channel: Channel
) -> None:
    letter = proven(session, now)

    kept = choose(session, letter, now, channel, granted=True)

    assert allowed(session, letter, channel)
    assert (kept.phone, kept.address, kept.postcode) == (DETAILS.phone, None, None)


def test_a_yes_to_post_keeps_the_address_alone(session: Session, now: datetime) -> None:
    letter = proven(session, now)

    kept = choose(session, letter, now, Channel.POST, granted=True)

    assert allowed(session, letter, Channel.POST)
    assert (kept.phone, kept.address, kept.postcode) == (None, DETAILS.address, DETAILS.postcode)


def test_a_no_keeps_nothing(session: Session, now: datetime) -> None:
    letter = proven(session, now)

    kept = choose(session, letter, now, Channel.PHONE, granted=False)

    assert not allowed(session, letter, Channel.PHONE)
    assert (kept.phone, kept.address, kept.postcode) == (None, None, None)


def test_an_unproven_letter_changes_nobody(session: Session, now: datetime) -> None:
    """Not even when its address is that of somebody we know."""
    ann = supporter(session, now)
    letter = unconfirmed(session, now)

    with pytest.raises(WrongState, match="confirm your email address first"):
        choose(session, letter, now, Channel.PHONE, granted=True)

    assert not may_contact(session, ann.id, Channel.PHONE, Purpose.UPDATES)
    assert session.scalars(select(Permission)).all() == []


def test_a_proven_person_who_stops_is_not_written_to(session: Session, now: datetime) -> None:
    letter = proven(session, now, [news(session, now)])
    before = allowed(session, letter)

    stop(session, letter, now + MINUTE)

    assert before
    assert not allowed(session, letter)
    assert suppressed(session, "ann@gmail.com", Channel.EMAIL)


def test_stopping_twice_is_fine(session: Session, now: datetime) -> None:
    letter = proven(session, now)

    stop(session, letter, now)
    stop(session, letter, now)

    assert not allowed(session, letter)


def test_stopping_emails_stops_no_calls(session: Session, now: datetime) -> None:
    letter = proven(session, now)
    choose(session, letter, now, Channel.PHONE, granted=True)

    stop(session, letter, now + MINUTE)

    assert allowed(session, letter, Channel.PHONE)


def test_an_unproven_person_who_stops_is_not_written_to_once_proven(
    session: Session, now: datetime
) -> None:
    letter = send(session, now, choices=[news(session, now)]).letter

    stop(session, letter, now + MINUTE)
    confirm_letter.confirm(session, letter, RULES, now + 2 * MINUTE)

    assert not allowed(session, letter)
    assert suppressed(session, "ann@gmail.com", Channel.EMAIL)


def test_a_link_in_any_letter_stops_the_person_behind_its_address(
    session: Session, now: datetime
) -> None:
    mine = proven(session, now, [news(session, now)])
    other = unconfirmed(session, now, slug="another")

    stop(session, other, now + MINUTE)

    assert not allowed(session, mine)


def test_stopping_through_one_letter_holds_for_another_that_is_proven_later(
    session: Session, now: datetime
) -> None:
    stopped = unconfirmed(session, now)
    other = unconfirmed(session, now, slug="another", choices=[news(session, now)])

    stop(session, stopped, now + MINUTE)
    confirm_letter.confirm(session, other, RULES, now + 2 * MINUTE)

    assert not allowed(session, other)


def test_a_later_yes_that_is_proven_counts_again(session: Session, now: datetime) -> None:
    stop(session, proven(session, now, [news(session, now)]), now + MINUTE)
    later = now + 60 * MINUTE

    again = unconfirmed(session, later, slug="another", choices=[news(session, later)])
    confirm_letter.confirm(session, again, RULES, later)

    assert allowed(session, again)
    assert not suppressed(session, "ann@gmail.com", Channel.EMAIL)


def test_a_forgotten_letter_has_nobody_to_stop(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    letter.email = None

    stop(session, letter, now)

    assert session.scalars(select(ConsentEvent)).all() == []
