"""What we carry says the same as the reference data beside the project."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from campaign_app.gateways.postcodes_io import PostcodesIo
from campaign_app.places.answers import Nation, Status
from campaign_app.places.directory import DemoDirectory
from campaign_app.places.facts import facts
from campaign_app.places.postcode import parse

DATA = Path(__file__).parents[4] / "shared" / "data"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def recorded(name: str) -> dict[str, Any]:
    content = json.loads((DATA / "postcodes_io" / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


@pytest.mark.parametrize("name", ["areas", "alliances"])
def test_our_tables_are_the_reference_tables(name: str) -> None:
    assert list(facts(name).rows) == rows(name)


def test_every_demo_postcode_gives_the_codes_of_the_reference(now: datetime) -> None:
    directory = DemoDirectory()
    reference = rows("demo_postcodes")

    assert len(reference) == len(directory.postcodes()) == 254
    for row in reference:
        answer = directory.look_up(parse(row["postcode"]), now)
        assert answer is not None
        assert str(answer.postcode) == row["postcode"]
        assert (answer.nation, answer.pcon, answer.alliance) == (
            row["country"],
            row["pcon24_code"] or None,
            row["cal_code"] or None,
        )


def test_an_example_postcode_of_each_seat_is_well_formed() -> None:
    for row in rows("example_postcode_per_constituency"):
        typed = next(value for key, value in row.items() if "postcode" in key.lower())
        assert str(parse(typed)) == typed


@pytest.mark.parametrize(
    ("name", "status", "postcode", "expected"),
    [
        ("postcode_se1", 200, "SE1 2DL", (Status.LIVE, Nation.ENGLAND, "E14001085", "E56000010")),
        ("postcode_scot", 200, "AB16 9ZZ", (Status.LIVE, Nation.SCOTLAND, "S14000060", None)),
        ("postcode_jersey", 200, "JE2 4WD", (Status.LIVE, Nation.CHANNEL_ISLANDS, None, None)),
        ("postcode_404", 404, "SE1 2DL", (Status.UNKNOWN, None, None, None)),
        ("postcode_terminated", 404, "SE1 9ZZ", (Status.TERMINATED, None, None, None)),
    ],
)
def test_recorded_answers_are_understood(
    httpserver: HTTPServer, now: datetime, name: str, status: int, postcode: str, expected: object
) -> None:
    asked = parse(postcode)
    httpserver.expect_request(f"/postcodes/{asked.compact}").respond_with_json(
        recorded(name), status
    )

    answer = PostcodesIo(httpserver.url_for(""), "test").look_up(asked, now)

    assert answer is not None
    assert (answer.status, answer.nation, answer.pcon, answer.alliance) == expected
