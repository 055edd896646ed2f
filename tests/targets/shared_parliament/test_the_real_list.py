"""The real list of MPs, served as the Members API would, joins our 650 seats one by one.

No real name is in here: the list lies beside the project, or where CAMPAIGN_TEST_SHARED says.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from campaign_app.cli.places_targets import sync_mps
from campaign_app.settings import Settings
from campaign_app.targets.history import current_rows
from campaign_app.targets.models import Target, TargetKind, TargetState
from tests.parliament import Parliament, member, office, seat, served

SHARED = Path(os.environ.get("CAMPAIGN_TEST_SHARED") or Path(__file__).parents[4] / "shared")
LIST = SHARED / "data" / "mps_2026-06-27.csv"

Row = dict[str, str]


@pytest.fixture
def real() -> list[Row]:
    if not LIST.is_file():
        pytest.skip("The real list of MPs is not beside this project; set CAMPAIGN_TEST_SHARED.")
    with LIST.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def parliament(real: list[Row]) -> Iterator[Parliament]:
    """The list as the API would tell it; what is no address stands there as it is."""
    seats = [seat(at, row["pcon_name"], sitting(row)) for at, row in enumerate(real)]
    contacts = {int(row["member_id"]): [office(row["member_email"])] for row in real}
    with served(Parliament(seats, contacts)) as found:
        yield found


@pytest.fixture
def settings(settings: Settings, parliament: Parliament) -> Settings:
    return replace(settings, parliament_url=parliament.url)


def sitting(row: Row) -> dict[str, object]:
    return member(
        int(row["member_id"]),
        nameFullTitle=row["full_title"],
        nameDisplayAs=row["display_as"],
        nameAddressAs=None,
        latestParty={"name": row["party_text"]},
    )


def test_every_seat_gets_its_own_member_and_nobody_an_invented_address(
    runner: FlaskCliRunner, session: Session, real: list[Row]
) -> None:
    result = runner.invoke(sync_mps, ["--pause", "0"])

    assert result.exit_code == 0
    rows = {row.area_code: row for row in current_rows(session, TargetKind.MP)}
    assert len(rows) == len(real) == 650
    wrong = [row["pcon_code"] for row in real if not says_the_same(rows[row["pcon_code"]], row)]
    assert wrong == []


def says_the_same(row: Target, real: Row) -> bool:
    email = real["member_email"] if "@" in real["member_email"] else None
    return (row.external_id, row.name, row.email, row.state) == (
        real["member_id"],
        real["full_title"],
        email,
        TargetState.SITTING if email else TargetState.NO_EMAIL,
    )
