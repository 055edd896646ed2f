"""What an answer may hold."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import String

from campaign_app.places.answers import Answer, Status, real_alliance, real_council, real_pcon
from campaign_app.places.models import PostcodeAnswer
from campaign_app.places.postcode import Postcode

SE1 = Postcode("SE1", "2DL")


@pytest.mark.parametrize("code", ["E14001085", "W07000089", "S14000060", "N05000012"])
def test_a_constituency_of_2024_is_real(code: str) -> None:
    assert real_pcon(code) == code


@pytest.mark.parametrize(
    "code", ["E99999999", "L99999999", "N06000012", "E14", "E1400108５", "", None]
)
def test_pseudo_codes_and_codes_of_before_2024_are_no_constituency(code: str | None) -> None:
    assert real_pcon(code) is None


@pytest.mark.parametrize("code", ["S99999999", "W99999999", "E54000030", "e56000010", None])
def test_only_e56_codes_are_alliances(code: str | None) -> None:
    assert real_alliance("E56000010") == "E56000010"
    assert real_alliance(code) is None


@pytest.mark.parametrize("code", ["E09000028", "E06000023", "W06000015", "S12000033", "N09000004"])
def test_a_council_is_real_in_all_four_nations(code: str) -> None:
    assert real_council(code) == code


@pytest.mark.parametrize("code", ["E99999999", "E10000003", "L99999999", None])
def test_a_county_and_a_pseudo_code_are_no_council(code: str | None) -> None:
    assert real_council(code) is None


def test_an_answer_refuses_a_pseudo_code(now: datetime) -> None:
    with pytest.raises(ValueError, match="real ONS codes"):
        Answer(postcode=SE1, status=Status.LIVE, source="test", as_of=now, alliance="S99999999")


def test_every_status_fits_the_column_that_keeps_it() -> None:
    longest = max(len(status) for status in Status)

    column = PostcodeAnswer.__table__.c.status.type
    assert isinstance(column, String)
    assert column.length
    assert longest <= column.length
