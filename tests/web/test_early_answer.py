"""An early answer is the full one, byte for byte, and is given only where it may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from campaign_app.web.early_answer import EarlyAnswer
from tests.doors.content import PAGE
from tests.doors.person import Someone

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGES = ["/", PAGE, "/privacy", "/accessibility"]


class Counted:
    """An application in front of ours that counts how often it is asked."""

    def __init__(self, app: Flask) -> None:
        early = app.wsgi_app
        assert isinstance(early, EarlyAnswer)
        self.full, self.asked = early.inner, 0
        early.inner = self

    def __call__(self, environ: dict[str, object], start: Callable[..., object]) -> Iterable[bytes]:
        self.asked += 1
        return self.full(environ, start)  # type: ignore[arg-type]


@pytest.fixture
def counted(app: Flask, someone: Someone) -> Counted:
    return Counted(app)


@pytest.fixture
def early(app: Flask) -> EarlyAnswer:
    assert isinstance(app.wsgi_app, EarlyAnswer)
    return app.wsgi_app


def whole(answer: TestResponse) -> tuple[str, list[tuple[str, str]], bytes]:
    """All of an answer, its headers in their order."""
    return answer.status, list(answer.headers), answer.data


def full(app: Flask, counted: Counted, path: str, **options: object) -> TestResponse:
    """What Flask itself says."""
    return Client(counted.full).get(path, **options)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_early_answer_equals_the_full_one(
    app: Flask, client: FlaskClient, counted: Counted, path: str, method: str
) -> None:
    client.get(path)
    asked = counted.asked

    early = client.open(path, method=method)

    assert counted.asked == asked, "it was not early"
    assert whole(early) == whole(Client(counted.full).open(path, method=method))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "known", ["{}", "W/{}", '"other", {}', "*", '"other"', "x{}", "", "garbage"]
)
def test_an_early_answer_to_what_is_known_equals_the_full_one(
    app: Flask, client: FlaskClient, counted: Counted, path: str, known: str
) -> None:
    etag = client.get(path).headers["ETag"]
    headers = {"If-None-Match": known.format(etag)}
    asked = counted.asked

    early = client.get(path, headers=headers)

    assert counted.asked == asked, "it was not early"
    assert whole(early) == whole(Client(counted.full).get(path, headers=headers))


def test_a_known_page_costs_no_body(client: FlaskClient, someone: Someone) -> None:
    etag = client.get(PAGE).headers["ETag"]

    answer = client.get(PAGE, headers={"If-None-Match": etag})

    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == etag


def test_pages_carry_no_date_of_their_own(client: FlaskClient, someone: Someone) -> None:
    assert "Date" not in client.get(PAGE).headers


@pytest.mark.parametrize(
    "options",
    [
        {"query_string": "source=a"},
        {"headers": {"Host": "other.example"}},
        {"method": "POST"},
        {"method": "OPTIONS"},
        {"path": PAGE + "/"},
    ],
    ids=str,
)
def test_another_question_is_not_answered_early(
    client: FlaskClient, counted: Counted, options: dict[str, str]
) -> None:
    client.get(PAGE)
    asked = counted.asked

    client.open(**{"path": PAGE, **options})  # type: ignore[arg-type]

    assert counted.asked == asked + 1


@pytest.mark.parametrize(
    "path", ["/nowhere", f"{PAGE}/thank-you", "/healthz", "/static/css/site.css"]
)
def test_what_not_everyone_may_keep_is_never_kept(
    client: FlaskClient, counted: Counted, early: EarlyAnswer, path: str
) -> None:
    client.get(path)
    client.get(path)

    assert counted.asked == 2
    assert early.pages == {}


def test_a_head_or_a_known_page_alone_is_not_kept(
    client: FlaskClient, counted: Counted, early: EarlyAnswer
) -> None:
    client.head(PAGE)
    client.get(PAGE, headers={"If-None-Match": '"x"'})

    assert early.pages == {}


def test_a_page_is_made_anew_after_its_second(
    client: FlaskClient, counted: Counted, early: EarlyAnswer
) -> None:
    client.get(PAGE)
    key = next(iter(early.pages))
    early.pages[key] = replace(early.pages[key], until=0.0)

    client.get(PAGE)

    assert counted.asked == 2
    assert early.pages[key].until > 0


def test_no_more_pages_are_kept_than_fit(
    client: FlaskClient, someone: Someone, early: EarlyAnswer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaign_app.web.early_answer.MOST_PAGES", 3)

    for number in range(10):
        client.get(PAGE, headers={"Host": f"h{number}.example"})

    assert len(early.pages) <= 3


def test_an_answer_is_closed_even_when_it_breaks_off(database_url: str) -> None:
    closed = []

    class Broken:
        def __iter__(self) -> Iterator[bytes]:
            yield b"half"
            raise OSError("gone")

        def close(self) -> None:
            closed.append(True)

    def inner(environ: dict[str, object], start: Callable[..., object]) -> Broken:
        start("200 OK", [("Cache-Control", "public, max-age=2, x"), ("ETag", '"a"')])
        return Broken()

    with pytest.raises(OSError, match="gone"):
        Client(EarlyAnswer(inner)).get("/")

    assert closed == [True]
