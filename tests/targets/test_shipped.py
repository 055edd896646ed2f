"""The demonstration has a target for every seat and alliance, and none that is real."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.places.areas import areas_of, load_areas
from campaign_app.places.directory import DemoDirectory
from campaign_app.places.models import AreaKind
from campaign_app.places.postcode import parse
from campaign_app.targets.addresses import target_address
from campaign_app.targets.models import Target, TargetKind, TargetState
from campaign_app.targets.offices import Office, current_target, office
from campaign_app.targets.shipped import load_demo_targets

TODAY = date(2026, 11, 20)


@pytest.fixture
def loaded(session: Session, now: datetime) -> Session:
    load_areas(session, now)
    load_demo_targets(session, areas_of(session, *AreaKind), TODAY)
    return session


def targets(session: Session) -> list[Target]:
    return list(session.scalars(select(Target)))


def test_there_is_one_for_each_seat_and_each_alliance(loaded: Session) -> None:
    counted = Counter((target.kind, target.state) for target in targets(loaded))

    assert counted == {
        (TargetKind.MP, TargetState.SITTING): 647,
        (TargetKind.MP, TargetState.VACANT): 2,
        (TargetKind.MP, TargetState.NO_EMAIL): 1,
        (TargetKind.ALLIANCE, TargetState.SITTING): 20,
    }


def test_loading_again_adds_nothing(loaded: Session) -> None:
    load_demo_targets(loaded, areas_of(loaded, *AreaKind), TODAY)

    assert loaded.scalar(select(func.count()).select_from(Target)) == 670


def test_no_address_can_be_reached_and_all_differ(loaded: Session) -> None:
    emails = [target.email for target in targets(loaded) if target.email]

    assert len(set(emails)) == len(emails) == 667
    assert all(target_address(email).endswith(".demo.invalid") for email in emails)


def test_every_name_says_that_it_is_invented(loaded: Session) -> None:
    for target in targets(loaded):
        assert "(demonstration" in target.name
        assert target.source == "demonstration"
        assert target.checked_on == TODAY


def test_an_mp_has_a_plain_salutation_and_an_office(loaded: Session) -> None:
    target = current_target(loaded, TargetKind.MP, "E14001085")

    assert target is not None
    assert target.salutation.endswith(" Example MP")
    assert target.name == target.salutation.removesuffix("MP") + "(demonstration MP)"
    assert target.email == "mp.e14001085@parliament.demo.invalid"
    assert target.postal == "House of Commons, London SW1A 0AA"


def test_an_alliance_is_addressed_by_its_name(loaded: Session) -> None:
    target = current_target(loaded, TargetKind.ALLIANCE, "E56000010")

    assert target is not None
    assert target.salutation == "South East London Cancer Alliance"
    assert target.email == "alliance.e56000010@alliances.demo.invalid"


def test_names_vary_between_seats(loaded: Session) -> None:
    names = {target.name for target in targets(loaded) if target.kind is TargetKind.MP}

    assert len(names) > 20


@pytest.mark.parametrize(
    ("postcode", "expected"),
    [
        ("SE1 2DL", Office.SITTING),
        ("HP10 0AA", Office.VACANT),
        ("EX2 5DW", Office.VACANT),
        ("CV34 5AW", Office.NO_EMAIL),
        ("JE2 3AA", Office.UNKNOWN),
    ],
)
def test_each_situation_of_an_office_can_be_tried_with_a_demo_postcode(
    loaded: Session, now: datetime, postcode: str, expected: Office
) -> None:
    answer = DemoDirectory().look_up(parse(postcode), now)

    assert answer is not None
    assert office(current_target(loaded, TargetKind.MP, answer.pcon)) is expected
