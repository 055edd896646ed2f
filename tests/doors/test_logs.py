"""Logs carry ids and never a person: a journey of canaries leaves none of them in any line."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app import clock, tasks
from campaign_app.actions import letter_links
from campaign_app.campaigns.models import Campaign
from campaign_app.cli.running import render
from campaign_app.delivery import dispatch
from campaign_app.letters.models import Letter
from campaign_app.settings import Settings
from campaign_app.vault import tokens
from campaign_app.web.logs import JsonLines
from tests.doors.person import Someone
from tests.smtp_servers import replying, smtp_server

CANARIES = {
    "first_name": "Kanarienvogel",
    "last_name": "Canarino",
    "email": "canary.bird@gmail.com",
    "address_line_1": "77 Aviary Walk",
    "address_line_2": "Perchcote",
    "town": "Featherbridge",
}
WORDS = "My canarysecret story."
PHONE = "020 7946 0999"


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """Every line that any logger writes, as it would stand in a file."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    try:
        yield lines
    finally:
        logging.getLogger().removeHandler(handler)


def test_a_whole_journey_leaves_no_canary_in_any_line(
    app: Flask,
    settings: Settings,
    someone: Someone,
    session: Session,
    capfd: pytest.CaptureFixture[str],
) -> None:
    used: list[str] = [*CANARIES.values(), "canarysecret", PHONE, "SE1 2DL", "SE12DL"]
    with everything_logged() as lines, smtp_server() as server:
        used += walk(app, someone, session)
        send(app, replace(settings, smtp_url=server.url))
        refused = replying("RCPT", f"550 no {CANARIES['email']} here")
    with everything_logged() as more, smtp_server(refused) as server:
        someone.sends_letter(WORDS, **{**CANARIES, "email": "other.canary@gmail.com"})
        send(app, replace(settings, smtp_url=server.url))

    written = lines.getvalue() + more.getvalue() + "".join(capfd.readouterr())
    assert written.count("\n") > 20
    told = [line for line in written.splitlines() if any(canary in line for canary in used)]
    assert told == []


def walk(app: Flask, someone: Someone, session: Session) -> list[str]:
    """Every page with every mistake; return every token and code that was used."""
    someone.goes_to_letter(**{**CANARIES, "email": "canary.bird@gmial.com"})
    someone.goes_to_letter(**{**CANARIES, "postcode": "SE1 2DI"})
    someone.sends_letter(WORDS, **CANARIES)
    letter = session.scalars(select(Letter)).one()
    assert letter.code_issued_at is not None
    code = tokens.code(letter.public_id, letter.code_issued_at)
    someone.presses("/code", code="999999" if code != "999999" else "888888")
    with app.app_context():
        purposes = list(letter_links.LIVES)
        links = {p: letter_links.link(letter, p, clock.now()) for p in purposes}
    for path in ("confirm", "not-me", "unsubscribe", "your-letter", "nowhere"):
        for token in (*links.values(), "canarysecret"):
            someone.client.get(f"/{path}/{token}")
            someone.client.delete(f"/{path}/{token}")
    someone.presses("/code", code=code)
    touch = f"/stay-in-touch/{links[letter_links.PROVEN]}"
    someone.client.post(
        touch, data={"phone": PHONE, "consent_phone": "yes"}, headers=someone.headers
    )
    someone.client.post("/?name=Kanarienvogel", data=CANARIES, headers={"Origin": "null"})
    return [code, *links.values(), *(token.split(".")[2] for token in links.values())]


def send(app: Flask, settings: Settings) -> None:
    with app.app_context():
        clockwork = tasks.Clockwork(tasks.line(settings, render))
        while clockwork.once():
            pass
        clockwork.line.mailer.close()
        assert dispatch.drain(clockwork.line) == 0


def test_an_error_s_own_words_are_not_kept(app: Flask, campaign: Campaign) -> None:
    @app.post("/fail/<token>")
    def fail(token: str) -> str:
        raise ValueError(f"Kanarienvogel {token}")

    with everything_logged() as lines:
        app.test_client().post("/fail/canarytoken?name=Canarino", data={"email": "canary@x.org"})

    written = lines.getvalue()
    error = next(line for line in map(json.loads, written.splitlines()) if "error" in line)
    assert error["error"] == "ValueError"
    assert error["where"][-1].endswith(" fail")
    assert not re.search("(?i)kanari|canar", written)


def test_a_request_is_logged_by_its_endpoint(app: Flask, campaign: Campaign) -> None:
    with everything_logged() as lines:
        app.test_client().get("/confirm/canarytoken?name=canary")

    line = json.loads(lines.getvalue().splitlines()[-1])
    assert (line["endpoint"], line["method"], line["status"]) == (
        *("confirming.confirm_page", "GET"),
        404,
    )
    assert set(line) == {
        *("at", "level", "log", "event", "request", "endpoint", "method", "status", "ms")
    }


@pytest.mark.parametrize(
    ("log", "message", "args", "event"),
    [
        (
            "gunicorn.error",
            "Invalid request from ip=192.0.2.1: GET /confirm/abc",
            (),
            "Invalid request",
        ),
        ("gunicorn.error", "Worker exiting (pid: %s)", (7,), "Worker exiting (pid: 7)"),
        ("campaign_app.x", "message %s failed", ("abc",), "message abc failed"),
    ],
)
def test_the_server_s_own_lines_hold_nobody_s_path(
    log: str, message: str, args: tuple[object, ...], event: str
) -> None:
    record = logging.LogRecord(log, logging.WARNING, "", 1, message, args, None)

    assert json.loads(JsonLines().format(record))["event"] == event


def test_the_server_s_line_about_an_error_holds_no_path() -> None:
    trouble = (ValueError, ValueError("canary"), None)
    record = logging.LogRecord(
        "gunicorn.error",
        logging.ERROR,
        "",
        1,
        "Error handling request %s",
        ("/confirm/abc",),
        trouble,
    )
    crash = logging.LogRecord("gunicorn.error", logging.ERROR, "", 1, trouble[1], (), trouble)

    assert "abc" not in JsonLines().format(record)
    assert "canary" not in JsonLines().format(record) + JsonLines().format(crash)


def test_a_line_end_in_a_message_makes_no_second_line() -> None:
    record = logging.LogRecord("campaign_app", logging.INFO, "", 1, "one\ntwo\r\x00", (), None)

    assert len(JsonLines().format(record).splitlines()) == 1
