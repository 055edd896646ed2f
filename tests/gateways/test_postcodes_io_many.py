"""Many postcodes in one question, and a server that asks us to wait."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice, product
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from campaign_app.errors import TransientFailure
from campaign_app.gateways.bounded import BoundedClient
from campaign_app.gateways.postcodes_io import PostcodesIo, TooBusy
from campaign_app.places.answers import Nation, Status
from campaign_app.places.postcode import Postcode

SE1 = Postcode("SE1", "2DL")
UNKNOWN = Postcode("SE1", "9ZZ")
AGENT = "campaign-app/0.1 (test@example.org)"


def place(compact: str) -> dict[str, Any]:
    codes = {"parliamentary_constituency_2024": "E14001085", "cancer_alliance": "E56000010"}
    postcode = f"{compact[:-3]} {compact[-3:]}"
    return {"postcode": postcode, "country": "England", "codes": codes}


def items(*asked: str, unknown: str = UNKNOWN.compact) -> list[dict[str, Any]]:
    return [{"query": one, "result": None if one == unknown else place(one)} for one in asked]


def client(server: HTTPServer, seconds: float = 4) -> PostcodesIo:
    return PostcodesIo(server.url_for(""), AGENT, timedelta(seconds=seconds))


def different(count: int) -> list[Postcode]:
    units = product("0123456789", "ABDEFGHJ", "ABDEFGHJ")
    return [Postcode("SE1", "".join(unit)) for unit in islice(units, count)]


@pytest.fixture
def asked(httpserver: HTTPServer) -> list[list[str]]:
    """A server that knows all but one; the list holds what it was asked."""
    questions: list[list[str]] = []

    def answer(request: Request) -> Response:
        questions.append(request.get_json()["postcodes"])
        return Response(json.dumps({"status": 200, "result": items(*questions[-1])}))

    httpserver.expect_request("/postcodes", method="POST").respond_with_handler(answer)
    return questions


@pytest.mark.parametrize(
    ("count", "calls"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])]
)
def test_a_hundred_go_into_one_question(
    httpserver: HTTPServer, now: datetime, asked: list[list[str]], count: int, calls: list[int]
) -> None:
    found = client(httpserver).look_up_many(different(count), now)

    assert [len(question) for question in asked] == calls
    assert [answer and answer.postcode for answer in found] == different(count)


def test_order_is_kept_duplicates_are_sent_once_and_unknown_ones_are_none(
    httpserver: HTTPServer, now: datetime, asked: list[list[str]]
) -> None:
    found = client(httpserver).look_up_many([UNKNOWN, SE1, UNKNOWN, SE1], now)

    assert asked == [[UNKNOWN.compact, SE1.compact]]
    assert [answer and answer.postcode for answer in found] == [None, SE1, None, SE1]
    assert found[1]
    assert (found[1].status, found[1].nation) == (Status.LIVE, Nation.ENGLAND)
    assert (found[1].source, found[1].as_of) == ("postcodes.io", now)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"status": 200, "result": []}, 200),
        ({"status": 200, "result": items("SE12DL", "SE12DL")}, 200),
        ({"status": 200, "result": items("SE12DN")}, 200),
        ({"status": 200, "result": [{"query": "SE12DL", "result": place("SE12DN")}]}, 200),
        ({"status": 200, "result": ["SE12DL"]}, 200),
        ({"status": 200, "result": {"SE12DL": place("SE12DL")}}, 200),
        ({"status": 200}, 200),
        ([], 200),
        ({"status": 400, "error": "Too many postcodes submitted."}, 400),
        ({"status": 404, "error": "Resource not found"}, 404),
    ],
)
def test_an_answer_for_others_is_no_answer(
    httpserver: HTTPServer, now: datetime, body: object, status: int
) -> None:
    httpserver.expect_request("/postcodes").respond_with_json(body, status)

    with pytest.raises(TransientFailure):
        client(httpserver).look_up_many([SE1], now)


@contextmanager
def listening(reply: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that keeps every byte that it was sent."""
    heard: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            while b"}" not in b"".join(heard):
                heard.append(connection.recv(65_536))
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(reply) + reply
            )

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard
        thread.join(5)


def test_nothing_but_the_postcodes_is_sent_and_a_path_of_the_server_s_own_is_kept(
    now: datetime,
) -> None:
    reply = json.dumps({"status": 200, "result": items("SE12DL")}).encode()

    with listening(reply) as (base, heard):
        PostcodesIo(f"{base}/uk/places/", AGENT).look_up_many([SE1], now)

    head, _, body = b"".join(heard).partition(b"\r\n\r\n")
    assert sorted(head.decode().split("\r\n")) == sorted(
        [
            "POST /uk/places/postcodes HTTP/1.1",
            f"Host: {base.removeprefix('http://')}",
            f"User-Agent: {AGENT}",
            "Accept: application/json",
            "Accept-Encoding: identity",
            "Connection: close",
            "Content-Type: application/json",
            "Content-Length: 25",
        ]
    )
    assert body == b'{"postcodes": ["SE12DL"]}'


def test_a_server_that_asks_for_a_short_wait_is_asked_again(
    httpserver: HTTPServer, now: datetime, asked: list[list[str]]
) -> None:
    times: list[float] = []

    def busy(request: Request) -> Response:
        times.append(time.monotonic())
        if len(times) == 1:
            return Response("", 429, headers={"Retry-After": "1"})
        return Response(json.dumps({"status": 200, "result": place("SE12DL")}))

    httpserver.expect_request("/postcodes/SE12DL").respond_with_handler(busy)

    assert client(httpserver).look_up(SE1, now)
    assert 1 <= times[1] - times[0] < 3


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"Retry-After": "30"}, timedelta(seconds=30)),
        (429, {"Retry-After": "9" * 400}, timedelta(days=1)),
        (503, {"Retry-After": "30"}, timedelta(seconds=30)),
        (429, {"Retry-After": "soon"}, None),
        (429, {"Retry-After": "-1"}, None),
        (429, {}, None),
    ],
)
def test_a_wait_that_is_too_long_is_reported(
    httpserver: HTTPServer,
    now: datetime,
    status: int,
    headers: dict[str, str],
    wait: timedelta | None,
) -> None:
    httpserver.expect_request("/postcodes").respond_with_data("", status, headers=headers)
    begin = time.monotonic()

    with pytest.raises(TooBusy) as busy:
        client(httpserver).look_up_many([SE1], now)

    assert busy.value.retry_after == wait
    assert len(httpserver.log) == 1
    assert time.monotonic() - begin < 3


@contextmanager
def busy_until(hour: int, minute: int) -> Iterator[tuple[str, list[int]]]:
    """A server on whose clock it is nine, and which wants to be asked again at a time of day."""
    head = f"""HTTP/1.1 429 Busy
Content-Length: 0
Date: Fri, 20 Nov 2026 09:00:00 GMT
Retry-After: Fri, 20 Nov 2026 {hour:02}:{minute:02}:00 GMT

"""
    asked: list[int] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(4096)
            asked.append(1)
            self.request.sendall(head.replace("\n", "\r\n").encode())

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", asked
        server.shutdown()
        thread.join(5)


@pytest.mark.parametrize(
    ("hour", "minute", "wait", "times"),
    [(9, 2, timedelta(minutes=2), 1), (8, 0, timedelta(), 3)],
)
def test_a_wait_may_be_given_as_a_time_on_the_server_s_own_clock(
    hour: int, minute: int, wait: timedelta, times: int
) -> None:
    with busy_until(hour, minute) as (url, asked):
        reply = BoundedClient("test", budget=4, limit=1000).ask(url)

    assert (reply.status, reply.retry_after) == (429, wait)
    assert len(asked) == times
