"""What a place means for a letter to an MP in England."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaign_app.errors import UnknownPostcode
from campaign_app.places.answers import Answer, Nation, Status
from campaign_app.places.postcode import special
from campaign_app.places.situation import Situation, situation
from tests.places.places import bare, southwark


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (southwark(), Situation.READY),
        (replace(southwark(), alliance=None), Situation.ALLIANCE_UNKNOWN),
        (replace(southwark(), pcon=None), Situation.NOT_GEOGRAPHIC),
        (bare(Status.LIVE), Situation.NOT_GEOGRAPHIC),
        (bare(Status.NOT_GEOGRAPHIC), Situation.NOT_GEOGRAPHIC),
        (bare(Status.LIVE, Nation.SCOTLAND), Situation.SCOTLAND),
        (bare(Status.LIVE, Nation.WALES), Situation.WALES),
        (bare(Status.LIVE, Nation.NORTHERN_IRELAND), Situation.NORTHERN_IRELAND),
        (bare(Status.LIVE, Nation.CHANNEL_ISLANDS), Situation.CROWN_DEPENDENCY),
        (bare(Status.LIVE, Nation.ISLE_OF_MAN), Situation.CROWN_DEPENDENCY),
        (bare(Status.TERMINATED), Situation.TERMINATED),
        (bare(Status.UNKNOWN), Situation.UNKNOWN),
    ],
)
def test_an_answer_has_a_situation(answer: Answer, expected: Situation) -> None:
    assert situation(answer) is expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("BFPO 12", Situation.BFPO),
        ("STHL 1ZZ", Situation.OVERSEAS),
        ("JE2 4WD", Situation.CROWN_DEPENDENCY),
        ("GIR 0AA", Situation.TERMINATED),
        ("ZZ99 3VZ", Situation.UNKNOWN),
        ("BX9 1AS", Situation.NOT_GEOGRAPHIC),
    ],
)
def test_a_special_postcode_has_a_situation(typed: str, expected: Situation) -> None:
    known = special(typed)

    assert known is not None
    assert situation(known) is expected


def test_a_postcode_that_nobody_knows_has_a_situation() -> None:
    assert situation(UnknownPostcode()) is Situation.UNKNOWN
