"""Errors are pages in plain words, whatever is broken behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, ServiceUnavailable, default_exceptions

from campaign_app import errors
from campaign_app.settings import Settings
from campaign_app.web.error_pages import WORDS
from tests.pages import check_page

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def failing(
    settings: Settings, start_app: Callable[[Settings], Flask], tmp_path: Path
) -> Callable[[Exception], Flask]:
    """An app without any database, whose page /fail raises what you say."""

    def made(error: Exception) -> Flask:
        url = f"sqlite:///{tmp_path / 'no' / 'such.db'}"
        app = start_app(replace(settings, database_url=url))
        (tmp_path / "no").rmdir()

        @app.get("/fail")
        def fail() -> str:
            raise error

        return app

    return made


@pytest.mark.parametrize("status", sorted(WORDS))
def test_every_error_is_a_page_without_a_database(
    failing: Callable[[Exception], Flask], status: int
) -> None:
    error = default_exceptions[status]()

    answer = failing(error).test_client().get("/fail")

    assert answer.status_code == status
    check_page(answer)
    assert "What you can do next" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("status", [402, 418, 451, 501, 507])
def test_other_errors_have_words_too(failing: Callable[[Exception], Flask], status: int) -> None:
    class Rare(HTTPException):
        code = status

    answer = failing(Rare("secret words")).test_client().get("/fail")

    assert answer.status_code == status
    check_page(answer)
    assert "secret words" not in answer.text


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (errors.NotFound(), 404, "We cannot find that page."),
        (errors.LinkRefused(), 404, "This link does not work any more."),
        (errors.TooMany(), 429, "too many tries"),
        (errors.InvalidInput(), 400, "Check what you typed."),
        (errors.WrongState(), 409, "That cannot be done any more"),
        (errors.PlacesUnavailable(), 503, "We cannot look up postcodes"),
        (errors.FinalFailure(), 500, "The other side refused."),
    ],
)
def test_our_own_errors_say_what_they_say(
    failing: Callable[[Exception], Flask], error: Exception, status: int, words: str
) -> None:
    answer = failing(error).test_client().get("/fail")

    assert answer.status_code == status
    assert words in answer.text
    check_page(answer)


def test_too_many_says_when_to_come_back(failing: Callable[[Exception], Flask]) -> None:
    error = errors.TooMany(retry_after=timedelta(minutes=3))

    assert failing(error).test_client().get("/fail").headers["Retry-After"] == "180"


def test_a_server_s_own_wish_to_wait_is_passed_on(failing: Callable[[Exception], Flask]) -> None:
    error = ServiceUnavailable(retry_after=7)

    assert failing(error).test_client().get("/fail").headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ZeroDivisionError("secret words"), 500),
        (OperationalError("secret words", {}, Exception("secret words")), 503),
    ],
)
def test_what_nobody_expected_tells_nothing(
    failing: Callable[[Exception], Flask], error: Exception, status: int
) -> None:
    answer = failing(error).test_client().get("/fail")

    assert answer.status_code == status
    assert "secret words" not in answer.text
    assert "Traceback" not in answer.text
    check_page(answer)


@pytest.mark.parametrize("path", ["/", "/campaigns/fair-care-everywhere"])
def test_pages_without_a_database_ask_to_come_back(
    failing: Callable[[Exception], Flask], path: str
) -> None:
    answer = failing(ZeroDivisionError()).test_client().get(path)

    assert answer.status_code == 503
    check_page(answer)


def test_the_process_is_up_though_it_is_not_ready(failing: Callable[[Exception], Flask]) -> None:
    client = failing(ZeroDivisionError()).test_client()

    assert client.get("/healthz").json == {"up": True}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "why": "the database does not answer"}


def test_an_error_page_that_fails_itself_tells_nothing(
    failing: Callable[[Exception], Flask], caplog: pytest.LogCaptureFixture
) -> None:
    app = failing(ZeroDivisionError("secret words"))

    @app.after_request
    def broken(_response: object) -> object:
        raise ValueError("secret words")

    answer = app.test_client().get("/fail?name=secret")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert not [record for record in caplog.records if "/fail" in record.getMessage()]
