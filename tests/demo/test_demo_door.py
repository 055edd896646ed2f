"""The demonstration: its tour, its mailbox, its invented content, and none of it in production."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from campaign_app import clock, create_app
from campaign_app.database import db, transaction
from campaign_app.delivery.models import Message, MessageState
from campaign_app.delivery.outbox import due_count
from campaign_app.demo.content import fill
from campaign_app.demo.tour import TO_TRY
from campaign_app.gateways.mailbox import caught
from campaign_app.letters.models import Letter
from campaign_app.places.directory import DemoDirectory
from campaign_app.places.postcode import PostcodeRefused, parse, special
from campaign_app.settings import Mode, Settings
from tests.databases import close
from tests.doors.fixtures import log_as_it_was
from tests.doors.hostile import ENCODED, HOSTILE
from tests.pages import check_page
from tests.visitors import Visitor

__all__ = ["log_as_it_was"]


@pytest.fixture
def demo(settings: Settings, log_as_it_was: None) -> Iterator[Flask]:
    """The app in demo mode."""
    app = create_app(replace(settings, mode=Mode.DEMO))
    app.test_client_class = Visitor
    yield app
    close(app)


@pytest.fixture
def visitor(demo: Flask) -> FlaskClient:
    return demo.test_client()


@pytest.mark.parametrize(
    "path", ["/demo", "/demo/mailbox", "/demo/mailbox.json", "/demo/mailbox/x"]
)
def test_without_demo_mode_there_is_no_such_page(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_every_page_says_that_it_is_a_demonstration(visitor: FlaskClient) -> None:
    for path in ("/", "/privacy", "/accessibility", "/demo", "/demo/mailbox", "/nowhere"):
        answer = visitor.get(path)
        check_page(answer)
        assert "This is a demonstration." in answer.text
        assert "Nothing leaves this computer." in answer.text


@pytest.mark.parametrize(("postcode", "leads_to"), TO_TRY)
def test_every_postcode_of_the_tour_leads_somewhere(
    database_url: str, postcode: str, leads_to: str
) -> None:
    if special(postcode):
        return
    try:
        meant = parse(postcode)
    except PostcodeRefused as refused:
        meant = refused.suggestion or parse("ZZ1 1ZZ")

    assert DemoDirectory().look_up(meant, clock.now()), f"{leads_to}: nobody knows {postcode}"


def test_the_content_is_lively_and_nothing_of_it_is_due(
    demo: Flask, settings: Settings, now: datetime
) -> None:
    with demo.app_context():
        for _ in range(2):
            with transaction() as session:
                fill(session, replace(settings, mode=Mode.DEMO), now)
        counted = db.session.scalar(select(func.count()).select_from(Letter)) or 0
        states = set(db.session.scalars(select(Message.state)))
        due = due_count(db.session(), now)

    assert 200 <= counted <= 999
    assert (states, due) == ({MessageState.ACCEPTED}, 0)


def put(folder: Path, number: int, raw: bytes) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    mail_id = f"{1_700_000_000_000_000 + number:017d}-{number:012x}"
    (folder / f"{mail_id}.eml").write_bytes(raw)
    return mail_id


PEOPLE = b"From: y@example.org\r\nTo: x@example.org\r\n"
SCRIPT = b"<script>alert(1)</script>"
CODED = b"=?utf-8?q?=3Cscript=3Ealert(1)=3C/script=3E?="
LINKS = b'https://example.org/"onmouseover=alert(1) javascript:alert(1)\r\n'
HARMFUL = [
    b'Subject: %b\r\nFrom: "<b>x</b>" <a@example.org>\r\nTo: b\r\n\r\n%b %b'
    % (SCRIPT, SCRIPT, LINKS),
    b"Subject: %b\r\nTo: x\r\nFrom: y\r\n\r\nhello\r\n" % CODED,
    b"Content-Type: text/html\r\nSubject: page\r\n%b\r\n%b\r\n" % (PEOPLE, SCRIPT),
    b"Subject: {{config}}\r\n%b\r\n{{config}}{%% for %%}\r\n" % PEOPLE,
]


@pytest.mark.parametrize("number", range(len(HARMFUL)))
def test_a_harmful_mail_is_shown_harmlessly(
    visitor: FlaskClient, settings: Settings, number: int
) -> None:
    mail_id = put(settings.mailbox, number, HARMFUL[number])

    for path in ("/demo/mailbox", f"/demo/mailbox/{mail_id}"):
        answer = visitor.get(path)
        page = check_page(answer)
        assert "<script>alert" not in answer.text
        assert "<b>x</b>" not in answer.text
        assert not [a for a in page.all("a") if a.get("href", "").startswith("javascript")]


def test_a_raw_mail_is_a_download_of_its_very_bytes(
    visitor: FlaskClient, settings: Settings
) -> None:
    mail_id = put(settings.mailbox, 1, HARMFUL[0])

    answer = visitor.get(f"/demo/mailbox/{mail_id}.eml")

    assert answer.data == HARMFUL[0]
    assert answer.mimetype == "message/rfc822"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{mail_id}.eml"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_list_for_scripts_holds_what_is_promised(
    visitor: FlaskClient, settings: Settings
) -> None:
    mail_id = put(settings.mailbox, 1, HARMFUL[3])

    (found,) = visitor.get("/demo/mailbox.json").json  # type: ignore[misc]

    assert set(found) == {"id", "to", "from", "subject", "sent_at"}
    assert (found["id"], found["subject"]) == (mail_id, "{{config}}")
    assert datetime.fromisoformat(found["sent_at"]).tzinfo is not None


def test_the_newest_mail_comes_first(visitor: FlaskClient, settings: Settings) -> None:
    ids = [put(settings.mailbox, number, HARMFUL[3]) for number in (2, 3, 1)]

    listed = [mail["id"] for mail in visitor.get("/demo/mailbox.json").json]  # type: ignore[union-attr]

    assert listed == sorted(ids, reverse=True)
    assert [mail.id for mail in caught(settings.mailbox)] == listed


@pytest.mark.parametrize("kind", [k for k in HOSTILE if k != "empty"])
def test_an_id_that_is_none_leads_nowhere(visitor: FlaskClient, kind: str) -> None:
    text = HOSTILE[kind] if kind in ENCODED else quote(HOSTILE[kind][:500], safe="")

    for path in (f"/demo/mailbox/{text}", f"/demo/mailbox/{text}.eml", "/demo/mailbox/../../x"):
        assert visitor.get(path, follow_redirects=True).status_code == 404
