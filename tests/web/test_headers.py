"""Headers on every answer, and what may be kept by whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaign_app import clock
from campaign_app.actions import letter_links
from campaign_app.letters.models import Letter
from campaign_app.settings import Settings
from campaign_app.web.headers import ALWAYS, CONTENT_SECURITY_POLICY
from tests.doors.content import PAGE
from tests.doors.person import Someone

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ANYWHERE = [
    *("/", PAGE, f"{PAGE}/letter", "/privacy", "/accessibility"),
    *("/healthz", "/readyz", "/static/css/site.css", "/nowhere", "/confirm/x", "//", "/static/x"),
]


@pytest.mark.parametrize("path", ANYWHERE)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "DELETE"])
def test_every_answer_has_the_headers_and_no_cookie(
    client: FlaskClient, someone: Someone, path: str, method: str
) -> None:
    answer = client.open(path, method=method)

    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "Set-Cookie" not in answer.headers
    assert "Cache-Control" in answer.headers
    assert "Server" not in answer.headers or "Werkzeug" not in answer.headers["Server"]


def test_the_policy_allows_nothing_by_default_and_nobody_else(database_url: str) -> None:
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))

    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["object-src"] == "'none'"
    assert set(rules.values()) == {"'none'", "'self'"}


def test_transport_is_held_to_https_where_the_site_has_it(
    settings: Settings, start_app: Callable[[Settings], Flask]
) -> None:
    safe = start_app(replace(settings, base_url="https://act.example.org"))

    header = safe.test_client().get("/healthz").headers["Strict-Transport-Security"]

    assert header == "max-age=63072000; includeSubDomains"


def test_without_https_nothing_is_promised_about_it(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/healthz").headers


@pytest.mark.parametrize("path", ["/", PAGE, "/privacy", "/accessibility"])
def test_pages_for_everyone_may_be_kept_by_everyone(
    client: FlaskClient, someone: Someone, path: str
) -> None:
    answer = client.get(path)

    assert answer.headers["Cache-Control"] == (
        "public, max-age=2, stale-while-revalidate=30, stale-if-error=300"
    )
    assert answer.headers["ETag"].startswith('"')
    assert "Vary" not in answer.headers


def test_pages_of_the_journey_are_kept_by_their_browser_alone(someone: Someone) -> None:
    someone.goes_to_letter()
    assert someone.answer.headers["Cache-Control"] == "private, no-cache"

    someone.goes_to_letter(email="nobody")
    assert someone.answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("path", "purpose"),
    [
        ("/confirm/", letter_links.CONFIRM),
        ("/not-me/", letter_links.NOT_ME),
        ("/unsubscribe/", letter_links.UNSUBSCRIBE),
        ("/your-letter/", letter_links.OWN_PAGE),
        (f"{PAGE}/thank-you?letter=", letter_links.THANKS),
        (f"{PAGE}/thank-you?proven=", letter_links.PROVEN),
    ],
)
def test_pages_behind_links_are_kept_nowhere_and_told_to_nobody(
    app: Flask, client: FlaskClient, letter: Letter, path: str, purpose: str
) -> None:
    with app.app_context():
        token = letter_links.link(letter, purpose, clock.now())

    headers = client.get(path + token).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("path", ["/nowhere", "/confirm/x", "/campaigns/none"])
def test_errors_are_kept_nowhere(client: FlaskClient, someone: Someone, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"
