"""A postcodes.io server that answers well, badly, slowly, hugely or not at all."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import socketserver
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from campaign_app.errors import TransientFailure
from campaign_app.gateways.bounded import Unanswered
from campaign_app.gateways.postcodes_io import PostcodesIo
from campaign_app.places.answers import Answer, Nation, Status
from campaign_app.places.postcode import Postcode

SE1 = Postcode("SE1", "2DL")
PATH = "/postcodes/SE12DL"
AGENT = "campaign-app/0.1 (test@example.org)"

# The shape of postcodes.io 18.0.1, less what we do not read.
SOUTHWARK: dict[str, Any] = {
    "postcode": "SE1 2DL",
    "country": "England",
    "latitude": 51.498972,
    "longitude": -0.071609,
    "admin_county": None,
    "codes": {
        "admin_district": "E09000028",
        "admin_county": "E99999999",
        "parliamentary_constituency": "E14001085",
        "parliamentary_constituency_2024": "E14001085",
        "cancer_alliance": "E56000010",
        "lep2": None,
    },
}

Talk = Callable[[socket.socket], None]


def found(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON may come.
    return {"status": 200, "result": SOUTHWARK | changes}


def codes(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON may come.
    return found(codes=SOUTHWARK["codes"] | changes)


def client(base_url: str, seconds: float = 4) -> PostcodesIo:
    return PostcodesIo(base_url, AGENT, timedelta(seconds=seconds))


@pytest.fixture
def ask(httpserver: HTTPServer, now: datetime) -> Callable[..., Answer | None]:
    """Look SE1 2DL up at a server that gives one answer."""

    def asked(body: object, status: int = 200) -> Answer | None:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        httpserver.expect_request(PATH).respond_with_data(text, status)
        return client(httpserver.url_for("")).look_up(SE1, now)

    return asked


@contextlib.contextmanager
def talking(talk: Talk) -> Iterator[str]:
    """A server that does what it likes with each connection."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # The client hangs up when its time is over; that is what these tests are about.
            with contextlib.suppress(OSError):
                self.request.recv(4096)
                talk(self.request)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def seconds_until_refused(base_url: str, now: datetime, budget: float) -> float:
    begin = time.monotonic()
    with pytest.raises(TransientFailure):
        client(base_url, budget).look_up(SE1, now)
    return time.monotonic() - begin


def test_a_live_postcode_in_england_has_everything(
    ask: Callable[..., Answer | None], now: datetime
) -> None:
    assert ask(found()) == Answer(
        postcode=SE1,
        status=Status.LIVE,
        source="postcodes.io",
        as_of=now,
        nation=Nation.ENGLAND,
        pcon="E14001085",
        alliance="E56000010",
        council="E09000028",
        lat=51.498972,
        lon=-0.071609,
    )


def test_pseudo_codes_are_nothing(ask: Callable[..., Answer | None]) -> None:
    pseudo = {
        "admin_district": "L99999999",
        "parliamentary_constituency_2024": "L99999999",
        "cancer_alliance": "L99999999",
    }
    answer = ask(found(country="Channel Islands", latitude=None, longitude=None, codes=pseudo))

    assert answer is not None
    assert answer.nation is Nation.CHANNEL_ISLANDS
    assert (answer.pcon, answer.alliance, answer.council) == (None, None, None)
    assert (answer.lat, answer.lon) == (None, None)
    assert answer.status is Status.LIVE


def test_only_the_constituency_of_2024_is_read(ask: Callable[..., Answer | None]) -> None:
    answer = ask(
        codes(parliamentary_constituency="N06000012", parliamentary_constituency_2024="N05000012")
    )

    assert answer is not None
    assert answer.pcon == "N05000012"


def test_an_old_server_without_the_newer_fields_is_understood(
    ask: Callable[..., Answer | None],
) -> None:
    answer = ask(found(codes={"parliamentary_constituency": "E14000530"}))

    assert answer is not None
    assert answer.nation is Nation.ENGLAND
    assert (answer.pcon, answer.alliance) == (None, None)


def test_null_fields_are_understood(ask: Callable[..., Answer | None]) -> None:
    answer = ask(found(country=None, latitude=None, longitude=None, codes=None))

    assert answer is not None
    assert answer.status is Status.NOT_GEOGRAPHIC


def test_spaces_around_names_and_codes_do_not_count(ask: Callable[..., Answer | None]) -> None:
    answer = ask(found(country="England ", codes={"cancer_alliance": " E56000010 "}))

    assert answer is not None
    assert (answer.nation, answer.alliance) == (Nation.ENGLAND, "E56000010")


def test_a_postcode_that_does_not_exist_is_unknown(ask: Callable[..., Answer | None]) -> None:
    answer = ask({"status": 404, "error": "Postcode not found"}, 404)

    assert answer is not None
    assert answer.status is Status.UNKNOWN


def test_a_terminated_postcode_says_where_it_was(ask: Callable[..., Answer | None]) -> None:
    terminated = {
        "postcode": "SE1 2DL",
        "year_terminated": 1998,
        "month_terminated": 12,
        "longitude": -0.100841,
        "latitude": 51.506903,
    }
    answer = ask({"status": 404, "error": "Postcode not found", "terminated": terminated}, 404)

    assert answer is not None
    assert answer.status is Status.TERMINATED
    assert (answer.lat, answer.lon) == (51.506903, -0.100841)
    assert answer.pcon is None


def test_a_server_that_takes_it_for_no_postcode_cannot_say(
    ask: Callable[..., Answer | None],
) -> None:
    assert ask({"status": 404, "error": "Invalid postcode"}, 404) is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"status": 404, "error": "Resource not found"}, 404),
        ("<h1>Not Found</h1>", 404),
        ({"status": 404}, 404),
        ({"status": 404, "error": "Postcode not found", "terminated": "yes"}, 404),
        ({"status": 429, "error": "Too many requests"}, 429),
        ("", 204),
        ({"status": 400, "error": "Bad request"}, 400),
        ({"status": 403}, 403),
    ],
)
def test_other_refusals_are_no_answer(
    ask: Callable[..., Answer | None], httpserver: HTTPServer, body: object, status: int
) -> None:
    with pytest.raises(TransientFailure):
        ask(body, status)

    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        b"\xff\xfe\x00",
        json.dumps(found())[:-20],
        "[" * 100_000,
        [],
        "null",
        {"status": 500, "error": "500 Server Error."},
        {"status": 200},
        {"status": 200, "result": None},
        {"status": 200, "result": []},
        {"status": "200", "result": SOUTHWARK},
        found(postcode="SE1 2DN"),
        found(postcode=None),
        found(postcode=5),
        found(country="Atlantis"),
        found(country=["England"]),
        found(latitude="51.5"),
        found(latitude=True),
        found(longitude=float("nan")),
        found(codes=["E14001085"]),
        codes(parliamentary_constituency_2024=14001085),
        codes(cancer_alliance={"code": "E56000010"}),
    ],
)
def test_an_answer_that_cannot_be_right_is_no_answer(
    ask: Callable[..., Answer | None], body: object
) -> None:
    with pytest.raises(TransientFailure):
        ask(body)


def test_a_server_error_is_tried_again(httpserver: HTTPServer, now: datetime) -> None:
    httpserver.expect_ordered_request(PATH).respond_with_data("oh dear", 503)
    httpserver.expect_ordered_request(PATH).respond_with_data("oh dear", 500)
    httpserver.expect_ordered_request(PATH).respond_with_json(found())

    answer = client(httpserver.url_for("")).look_up(SE1, now)

    assert answer is not None
    assert answer.pcon == "E14001085"


def test_tries_end_after_three(httpserver: HTTPServer, now: datetime) -> None:
    httpserver.expect_request(PATH).respond_with_data("oh dear", 500)

    with pytest.raises(TransientFailure, match="status 500"):
        client(httpserver.url_for("")).look_up(SE1, now)

    assert len(httpserver.log) == 3


def test_tries_end_with_the_budget(httpserver: HTTPServer, now: datetime) -> None:
    httpserver.expect_request(PATH).respond_with_data("oh dear", 500)

    with pytest.raises(Unanswered):
        client(httpserver.url_for(""), seconds=0.09).look_up(SE1, now)

    assert len(httpserver.log) <= 1


def test_a_connection_that_breaks_is_tried_again(now: datetime) -> None:
    body = json.dumps(found()).encode()
    turns = iter(range(9))

    def breaks_once(connection: socket.socket) -> None:
        if next(turns):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with talking(breaks_once) as base_url:
        answer = client(base_url).look_up(SE1, now)

    assert answer is not None
    assert next(turns) == 2


def test_nobody_there_is_known_soon(now: datetime) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{closed.getsockname()[1]}"

        assert seconds_until_refused(base_url, now, budget=4) < 3


def test_an_address_that_is_none_is_no_answer(now: datetime) -> None:
    assert seconds_until_refused("http://[::1", now, budget=4) < 3


def test_silence_ends_with_the_budget_and_is_not_tried_again(now: datetime) -> None:
    begun = []

    def silent(connection: socket.socket) -> None:
        begun.append(connection)
        connection.recv(1)

    with talking(silent) as base_url:
        assert seconds_until_refused(base_url, now, budget=0.3) < 2

    assert len(begun) == 1


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_an_answer_that_drips_ends_with_the_budget_and_its_connection_is_cut(
    now: datetime, start: bytes
) -> None:
    hung_up = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        try:
            for _ in range(600):
                connection.sendall(b"x")
                time.sleep(0.02)
        except OSError:
            hung_up.set()

    with talking(drip) as base_url:
        assert seconds_until_refused(base_url, now, budget=0.4) < 2
        assert hung_up.wait(2)


@pytest.mark.parametrize("length", [b"", b"Content-Length: 400000000\r\n"])
def test_no_more_than_a_megabyte_is_read(now: datetime, length: bytes) -> None:
    sent = []

    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
        for _ in range(400):
            connection.sendall(b" " * 1_000_000)
            sent.append(1_000_000)

    with talking(flood) as base_url:
        assert seconds_until_refused(base_url, now, budget=4) < 3

    assert sum(sent) < 100_000_000


def test_an_answer_cut_short_is_no_answer(now: datetime) -> None:
    def short(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"status":200,')

    with talking(short) as base_url:
        assert seconds_until_refused(base_url, now, budget=4) < 3


def test_what_is_no_http_is_no_answer(now: datetime) -> None:
    def greet(connection: socket.socket) -> None:
        connection.sendall(b"220 mail.example.org ESMTP\r\n")

    with talking(greet) as base_url:
        assert seconds_until_refused(base_url, now, budget=4) < 2


def test_a_slow_name_server_counts_too(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def slow(*_args: object, **_options: object) -> list[object]:
        asked.set()
        time.sleep(2)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    assert seconds_until_refused("http://localhost:9", now, budget=0.2) < 1.5
    assert asked.is_set()


def test_a_redirect_is_not_followed(httpserver: HTTPServer, now: datetime) -> None:
    elsewhere = {"Location": httpserver.url_for("/elsewhere")}
    httpserver.expect_request(PATH).respond_with_data("", 302, headers=elsewhere)
    httpserver.expect_request("/elsewhere").respond_with_json(found())

    with pytest.raises(TransientFailure):
        client(httpserver.url_for("")).look_up(SE1, now)

    assert [request.path for request, _ in httpserver.log] == [PATH]


def test_nothing_but_the_postcode_and_our_name_is_sent(
    httpserver: HTTPServer, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "netrc"
    secrets.write_text("default login someone password something\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(secrets))
    seen: list[Request] = []

    def look(request: Request) -> Response:
        seen.append(request)
        return Response(json.dumps(found()), headers={"Set-Cookie": "visitor=1"})

    httpserver.expect_request(PATH).respond_with_handler(look)
    places = client(httpserver.url_for(""))
    places.look_up(SE1, now)
    places.look_up(SE1, now)

    for request in seen:
        assert (request.method, request.full_path) == ("GET", PATH + "?")
        assert request.data == b""
        assert dict(request.headers) == {
            "Host": f"{httpserver.host}:{httpserver.port}",
            "User-Agent": AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }


def test_a_server_under_a_path_of_its_own_is_asked_there(
    httpserver: HTTPServer, now: datetime
) -> None:
    httpserver.expect_request("/uk" + PATH).respond_with_json(found())

    assert client(httpserver.url_for("/uk/")).look_up(SE1, now)


def test_logs_and_errors_hold_no_postcode(
    ask: Callable[..., Answer | None], now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ask(found())
    told = []
    for base_url in ("http://127.0.0.1:9", "http://[::1"):
        with pytest.raises(TransientFailure) as failed:
            client(base_url).look_up(SE1, now)
        told += traceback.format_exception(failed.value)

    # The server of this test writes a log too; it is not ours.
    logged = [line.getMessage() for line in caplog.records if line.name != "werkzeug"]
    assert sum("postcodes.io is of no use" in line for line in logged) == 2
    for text in logged + told:
        assert "SE12DL" not in text
        assert "SE1 2DL" not in text


def test_many_can_ask_at_once(httpserver: HTTPServer, now: datetime) -> None:
    httpserver.expect_request(PATH).respond_with_json(found())
    places = client(httpserver.url_for(""))

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: places.look_up(SE1, now), range(60)))

    assert {answer.pcon for answer in answers if answer} == {"E14001085"}
    assert len(answers) == 60
