"""Who holds an office now, and whether it can be written to."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from campaign_app.places.models import Area, AreaKind
from campaign_app.targets.models import Target, TargetKind, TargetState
from campaign_app.targets.offices import Office, current_target, office

SEAT = "E14001085"


def holder(
    name: str,
    *,
    state: TargetState = TargetState.SITTING,
    ended: date | None = None,
    place: int = 1,
    kind: TargetKind = TargetKind.MP,
) -> Target:
    return Target(
        kind=kind,
        area_code=SEAT,
        place_in_line=place,
        state=state,
        name=name,
        salutation=name,
        email="office@example.invalid",
        source="test",
        checked_on=date(2026, 1, 1),
        valid_from=date(2024, 7, 5),
        valid_to=ended,
    )


@pytest.fixture
def seat(session: Session) -> Session:
    session.add(Area(code=SEAT, kind=AreaKind.CONSTITUENCY, name="A seat"))
    session.flush()
    return session


def test_the_current_holder_is_the_one_whose_time_has_not_ended(seat: Session) -> None:
    now, before = holder("Now"), holder("Before", ended=date(2026, 6, 1))
    seat.add_all([before, now])
    seat.flush()

    assert current_target(seat, TargetKind.MP, SEAT) is now


def test_the_first_in_line_comes_first(seat: Session) -> None:
    second, first = (
        holder("Second", place=2, kind=TargetKind.MS),
        holder("First", kind=TargetKind.MS),
    )
    seat.add_all([second, first])
    seat.flush()

    assert current_target(seat, TargetKind.MS, SEAT) is first


@pytest.mark.parametrize("code", [SEAT, "E14999999", None])
def test_an_area_without_a_holder_has_none(seat: Session, code: str | None) -> None:
    assert current_target(seat, TargetKind.ALLIANCE, code) is None


@pytest.mark.parametrize("state", TargetState)
def test_every_state_says_whether_the_office_can_be_written_to(state: TargetState) -> None:
    assert office(holder("Someone", state=state)).value == state.value


def test_nobody_at_all_is_unknown() -> None:
    assert office(None) is Office.UNKNOWN
