"""Every postcode of the demonstration has the same codes through each link of the chain alone."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy.orm import Session
from werkzeug import Request, Response

from campaign_app.gateways.postcodes_io import PostcodesIo
from campaign_app.places.answers import Answer
from campaign_app.places.directory import DemoDirectory
from campaign_app.places.finder import Source, find_place
from campaign_app.places.imported.source import ImportedDirectory
from campaign_app.places.kept import KeptAnswers, keep
from tests.places.imported.editions import csv_file, put, text
from tests.places.places import NOW

DEMO = DemoDirectory()
COUNTRIES = {
    "England": "E92000001",
    "Scotland": "S92000003",
    "Wales": "W92000004",
    "Northern Ireland": "N92000002",
    "Channel Islands": "L93000001",
    "Isle of Man": "M83000003",
}


def demo_answers() -> list[Answer]:
    found = [DEMO.look_up(postcode, NOW) for postcode in DEMO.postcodes()]
    return [answer for answer in found if answer]


def as_row(answer: Answer) -> str:
    """A row as ONS would have it, with its stand-ins for what is not there."""
    assert answer.nation
    country = COUNTRIES[answer.nation.value]
    none = f"{country[0]}99999999"
    at = (answer.lat, answer.lon) if answer.lat else ("99.999999", "0.000000")
    cells = (answer.postcode, "", country, answer.pcon or none, answer.alliance or none, none, *at)
    return ",".join(map(str, cells))


def as_reply(answer: Answer) -> dict[str, object]:
    """What postcodes.io would say."""
    codes = {
        "parliamentary_constituency_2024": answer.pcon,
        "cancer_alliance": answer.alliance or "L99999999",
        "admin_district": "L99999999",
    }
    place = {"postcode": str(answer.postcode), "country": answer.nation, "codes": codes}
    return {**place, "latitude": answer.lat, "longitude": answer.lon}


@pytest.fixture
def server(httpserver: HTTPServer) -> HTTPServer:
    """A postcodes.io of our own, for one and for many."""
    known = {answer.postcode.compact: as_reply(answer) for answer in demo_answers()}

    def one(request: Request) -> Response:
        found = known.get(request.path.rpartition("/")[2])
        return Response(json.dumps({"status": 200, "result": found}))

    def many(request: Request) -> Response:
        asked = request.get_json()["postcodes"]
        assert len(asked) <= 100
        items = [{"query": query, "result": known.get(query)} for query in asked]
        return Response(json.dumps({"status": 200, "result": items}))

    httpserver.expect_request("/postcodes", method="POST").respond_with_handler(many)
    for compact in known:
        httpserver.expect_request(f"/postcodes/{compact}").respond_with_handler(one)
    return httpserver


def all_agree(source: Source, now: datetime) -> None:
    answers = demo_answers()
    assert len(answers) == 254
    for expected in answers:
        found = find_place(expected.postcode, sources=[source], now=now)
        same = (found.status, found.nation, found.pcon, found.alliance)
        assert same == (expected.status, expected.nation, expected.pcon, expected.alliance)


def test_the_demo_directory_alone(now: datetime) -> None:
    all_agree(DEMO, now)


def test_an_imported_directory_alone(tmp_path: Path, now: datetime) -> None:
    edition = csv_file(tmp_path, text(*map(as_row, demo_answers())))
    put(edition, tmp_path / "places.bin")

    all_agree(ImportedDirectory(tmp_path / "places.bin"), now)


def test_our_own_table_alone(session: Session, now: datetime) -> None:
    for answer in demo_answers():
        keep(session, answer)

    all_agree(KeptAnswers(session, timedelta(days=1000)), now)


def test_a_postcodes_io_server_alone(server: HTTPServer, now: datetime) -> None:
    all_agree(PostcodesIo(server.url_for(""), "test"), now)


def test_a_postcodes_io_server_asked_for_all_at_once(server: HTTPServer, now: datetime) -> None:
    answers = demo_answers()

    found = PostcodesIo(server.url_for(""), "test").look_up_many(DEMO.postcodes(), now)

    assert [(one and one.pcon, one and one.alliance) for one in found] == [
        (answer.pcon, answer.alliance) for answer in answers
    ]
    assert len(server.log) == 3
