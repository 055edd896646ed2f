"""The areas that come with the platform."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.places.answers import Nation
from campaign_app.places.areas import area_name, areas_of, load_areas, nation_of
from campaign_app.places.directory import DemoDirectory
from campaign_app.places.models import Area, AreaKind, DataSource


@pytest.fixture
def loaded(session: Session, now: datetime) -> Session:
    load_areas(session, now)
    return session


def test_all_nations_seats_and_alliances_are_there(loaded: Session) -> None:
    counted = loaded.execute(select(Area.kind, func.count()).group_by(Area.kind))

    assert {kind: count for kind, count in counted} == {  # noqa: C416 - a row is no pair to mypy.
        AreaKind.NATION: 4,
        AreaKind.CONSTITUENCY: 650,
        AreaKind.ALLIANCE: 20,
    }


def test_loading_again_adds_nothing_and_mends_what_was_changed(
    loaded: Session, now: datetime
) -> None:
    loaded.get_one(Area, "E14001085").name = "Changed"

    load_areas(loaded, now + timedelta(days=1))

    assert loaded.scalar(select(func.count()).select_from(Area)) == 674
    assert area_name(loaded, "E14001085") == "Bermondsey and Old Southwark"
    assert loaded.get_one(DataSource, "constituencies").loaded_at == now + timedelta(days=1)


def test_a_seat_in_wales_keeps_both_its_names(loaded: Session) -> None:
    assert area_name(loaded, "W07000089") == "Cardiff East"
    assert area_name(loaded, "W07000089", lang="cy") == "Dwyrain Caerdydd"
    assert area_name(loaded, "W07000112", lang="cy") == "Ynys Môn"


def test_an_area_without_a_welsh_name_is_named_in_english(loaded: Session) -> None:
    assert area_name(loaded, "E56000010", lang="cy") == "South East London"
    assert area_name(loaded, "W92000004", lang="cy") == "Cymru"


def test_an_unknown_code_has_no_name(loaded: Session) -> None:
    assert area_name(loaded, "E99999999") is None


def test_only_websites_that_were_seen_in_a_source_are_kept(loaded: Session) -> None:
    seen = loaded.get_one(Area, "E56000005")
    unseen = loaded.get_one(Area, "E56000010")

    assert seen.website == "https://cmcanceralliance.nhs.uk"
    assert unseen.website is None
    assert sum(area.website is not None for area in areas_of(loaded, AreaKind.ALLIANCE)) == 9


def test_each_source_says_how_old_it_is(loaded: Session, now: datetime) -> None:
    sources = {source.name: source for source in loaded.scalars(select(DataSource))}

    assert {name: source.rows for name, source in sources.items()} == {
        "constituencies": 650,
        "cancer alliances": 20,
        "demo directory": 254,
    }
    assert all(source.loaded_at == now and source.sha256 for source in sources.values())


def test_areas_come_by_kind_and_name(loaded: Session) -> None:
    names = [area.name for area in areas_of(loaded, AreaKind.NATION)]

    assert names == ["England", "Northern Ireland", "Scotland", "Wales"]


def test_every_code_of_the_demo_directory_is_an_area(loaded: Session, now: datetime) -> None:
    directory = DemoDirectory()
    for postcode in directory.postcodes():
        answer = directory.look_up(postcode, now)
        assert answer is not None
        assert answer.pcon is None or area_name(loaded, answer.pcon)
        assert answer.alliance is None or area_name(loaded, answer.alliance)


@pytest.mark.parametrize(
    ("code", "nation"),
    [
        ("E14001085", Nation.ENGLAND),
        ("E56000010", Nation.ENGLAND),
        ("W07000089", Nation.WALES),
        ("S14000060", Nation.SCOTLAND),
        ("N05000012", Nation.NORTHERN_IRELAND),
        ("E99999999", None),
        ("L99999999", None),
        ("", None),
        ("Essex", None),
    ],
)
def test_a_code_tells_its_nation(code: str, nation: Nation | None) -> None:
    assert nation_of(code) is nation
