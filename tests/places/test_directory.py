"""The directory that comes with the platform."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from campaign_app.places.answers import Answer, Nation, Status
from campaign_app.places.directory import DemoDirectory
from campaign_app.places.postcode import parse, special

directory = DemoDirectory()


def answers(now: datetime) -> list[Answer]:
    found = (directory.look_up(postcode, now) for postcode in directory.postcodes())
    return [answer for answer in found if answer]


def test_it_says_all_about_a_postcode_in_england(now: datetime) -> None:
    answer = directory.look_up(parse("se1 2dl"), now)

    assert answer is not None
    assert (answer.status, answer.nation) == (Status.LIVE, Nation.ENGLAND)
    assert (answer.pcon, answer.alliance) == ("E14001085", "E56000010")
    assert (answer.lat, answer.lon) == (51.498972, -0.071609)
    assert answer.source == "demo directory"


def test_it_knows_which_date_its_facts_have(now: datetime) -> None:
    assert {answer.as_of.date().isoformat() for answer in answers(now)} == {"2025-02-28"}


def test_it_holds_all_nations_and_all_alliances(now: datetime) -> None:
    nations = Counter(answer.nation for answer in answers(now))

    assert nations == {
        Nation.ENGLAND: 177,
        Nation.SCOTLAND: 32,
        Nation.WALES: 22,
        Nation.NORTHERN_IRELAND: 17,
        Nation.CHANNEL_ISLANDS: 4,
        Nation.ISLE_OF_MAN: 2,
    }
    assert len({answer.alliance for answer in answers(now)} - {None}) == 20


def test_only_england_has_alliances_and_only_crown_dependencies_have_no_seat(now: datetime) -> None:
    for answer in answers(now):
        crown = special(str(answer.postcode)) is not None
        assert (answer.alliance is not None) == (answer.nation is Nation.ENGLAND)
        assert (answer.pcon is None) == crown


def test_it_leaves_postcodes_that_it_does_not_know_to_others(now: datetime) -> None:
    assert directory.look_up(parse("SW1A 0AA"), now) is None
