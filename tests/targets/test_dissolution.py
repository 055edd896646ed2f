"""A dissolution covers what every MP was, and takes nothing away."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from campaign_app.targets.changes import Holder
from campaign_app.targets.choices import opt_in, opt_out
from campaign_app.targets.dissolution import dissolve, is_dissolved, restore
from campaign_app.targets.models import TargetKind, TargetState
from campaign_app.targets.offices import Office, current_target, office
from tests.targets.holders import (
    LATER,
    TODAY,
    add_seats,
    holder,
    now_at,
    rows,
    said,
    vacant,
    without_email,
    words,
)

SITTING, EMPTY, SILENT, OUT = SEATS = ("E14001085", "E14001086", "E14001087", "E14001088")
BEFORE = [TargetState.SITTING, TargetState.VACANT, TargetState.NO_EMAIL, TargetState.OPTED_OUT]


@pytest.fixture
def house(session: Session) -> Session:
    """Four seats: sitting, vacant, without an address, and opted out."""
    add_seats(session, *SEATS)
    said(session, *before())
    opt_out(session, now_at(session, OUT), TODAY)
    return session


def before() -> list[Holder]:
    return [
        holder("Alex Example MP", SITTING),
        vacant(EMPTY),
        without_email("Casey Example MP", SILENT),
        holder("Dara Example MP", OUT),
    ]


def states(session: Session) -> list[TargetState]:
    return [now_at(session, area).state for area in SEATS]


def test_nobody_can_be_written_to_and_everybody_comes_back(house: Session) -> None:
    ids = [now_at(house, area).id for area in SEATS]

    assert dissolve(house, LATER) == 4

    assert is_dissolved(house)
    for area in SEATS:
        assert office(current_target(house, TargetKind.MP, area)) is Office.DISSOLVED
    assert restore(house, LATER) == 4
    assert not is_dissolved(house)
    assert states(house) == BEFORE
    assert [now_at(house, area).id for area in SEATS] == ids


def test_each_switch_twice_changes_nothing(house: Session) -> None:
    dissolve(house, LATER)
    assert dissolve(house, LATER) == 0
    restore(house, LATER)
    assert restore(house, LATER) == 0
    assert states(house) == BEFORE


def test_a_second_dissolution_brings_back_what_was_there_then(house: Session) -> None:
    dissolve(house, TODAY)
    restore(house, TODAY)
    opt_in(house, now_at(house, OUT), TODAY)

    dissolve(house, LATER)
    restore(house, LATER)

    assert now_at(house, OUT).state is TargetState.SITTING


def test_the_past_says_when_the_house_was_dissolved(house: Session) -> None:
    dissolve(house, LATER)
    restore(house, LATER)

    assert [(row.state, row.valid_to) for row in rows(house, SITTING)] == [
        (TargetState.SITTING, LATER),
        (TargetState.DISSOLVED, LATER),
        (TargetState.SITTING, None),
    ]


def test_a_sync_of_the_same_people_changes_nothing(house: Session) -> None:
    dissolve(house, LATER)

    assert words(said(house, *before())) == []
    assert states(house) == [TargetState.DISSOLVED] * 4


def test_an_election_while_dissolved_takes_effect_when_mps_are_back(house: Session) -> None:
    dissolve(house, LATER)

    said(
        house,
        holder("Eden Example MP", SITTING),
        holder("Frankie Example MP", EMPTY),
        holder("Casey Example MP", SILENT),
        vacant(OUT),
        today=LATER,
    )

    assert states(house) == [TargetState.DISSOLVED] * 4
    restore(house, LATER)
    assert states(house) == [
        TargetState.SITTING,
        TargetState.SITTING,
        TargetState.SITTING,
        TargetState.VACANT,
    ]
    assert now_at(house, SITTING).name == "Eden Example MP"


def test_who_opts_out_while_dissolved_is_out_when_mps_are_back(house: Session) -> None:
    dissolve(house, LATER)

    opt_out(house, now_at(house, SITTING), LATER)
    opt_in(house, now_at(house, OUT), LATER)

    assert states(house) == [TargetState.DISSOLVED] * 4
    restore(house, LATER)
    assert now_at(house, SITTING).state is TargetState.OPTED_OUT
    assert now_at(house, OUT).state is TargetState.SITTING


def test_other_kinds_are_not_dissolved(house: Session) -> None:
    alliance = holder("An Example Alliance", SITTING, kind=TargetKind.ALLIANCE)
    said(house, alliance, kind=TargetKind.ALLIANCE)

    dissolve(house, LATER)

    row = current_target(house, TargetKind.ALLIANCE, SITTING)
    assert office(row) is Office.SITTING
