"""The whole journey over HTTP, with the letter read where it arrives: at a real SMTP server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from campaign_app import tasks
from campaign_app.cli.running import render
from campaign_app.database import db
from campaign_app.delivery import dispatch
from campaign_app.delivery.models import Message
from campaign_app.settings import Settings
from tests.doors.content import ALLIANCE, SEAT, put_content
from tests.doors.http import HttpClient, served
from tests.doors.person import WORDS, Someone
from tests.smtp_servers import Received, SmtpServer, replying, smtp_server

NAMES = [("Siân", "Llŷr-Ŵyn"), ("محمد", "عبد الرحمن"), ("Niamh", "O'Brien")]
OFFICE = "mp.e14001085@parliament.demo.invalid"


@dataclass
class Post:
    """The site on a socket, a mail server, and the line between them."""

    app: Flask
    client: HttpClient
    server: SmtpServer
    settings: Settings

    def person(self) -> Someone:
        """Somebody at the pages, over HTTP."""
        return Someone(self.client, headers=self.client.origin)  # type: ignore[arg-type]

    def leaves(self) -> list[Received]:
        """Send what is due; return what has arrived since."""
        before = len(self.server.received)
        with self.app.app_context():
            line = tasks.line(self.settings, render)
            while dispatch.drain(line):
                pass
            line.mailer.close()
        return self.server.received[before:]


@pytest.fixture
def post_with(
    settings: Settings, start_app: Callable[[Settings], Flask], now: object
) -> Iterator[Callable[[SmtpServer], Post]]:
    """Open the site for a mail server."""
    opened = []

    def made(server: SmtpServer) -> Post:
        def start(base: str) -> Flask:
            chosen.append(replace(settings, base_url=base, smtp_url=server.url))
            app = start_app(chosen[0])
            with app.app_context():
                put_content(db.session(), now)  # type: ignore[arg-type]
            return app

        chosen: list[Settings] = []
        opened.append(served(start))
        app, client = opened[-1].__enter__()
        return Post(app, client, server, chosen[0])

    yield made
    for one in opened:
        one.__exit__(None, None, None)


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def link_in(mail: EmailMessage, kind: str) -> str:
    found = re.search(rf"http://127\.0\.0\.1:\d+(/{kind}/\S+)", text_of(mail))
    assert found, text_of(mail)
    return found[1]


@pytest.mark.parametrize(("first_name", "last_name"), NAMES)
def test_the_letter_arrives_as_it_was_shown(
    post_with: Callable[[SmtpServer], Post], first_name: str, last_name: str
) -> None:
    name = f"{first_name} {last_name}"
    with smtp_server() as server:
        post = post_with(server)
        person = post.person()
        person.goes_to_letter(first_name=first_name, last_name=last_name)
        person.presses("/letter", personal_message=WORDS, consent_story="yes")
        shown = person.text
        person.presses("Send to", consent_email="yes")
        (asked,) = post.leaves()
        person.opens(link_in(asked.parsed, "confirm"))
        assert not post.leaves(), "opening the link sends nothing"
        person.presses("/confirm/")
        arrived = post.leaves()
    letter = next(mail for mail in arrived if mail.rcpt_to == OFFICE)
    copy = next(mail for mail in arrived if mail.rcpt_to == "sian@gmail.com")
    assert len(arrived) == 2
    assert_headers(letter, name)
    assert_words(text_of(letter.parsed), name, shown)
    assert_copy(copy, letter)
    assert letter.mail_from != copy.mail_from
    for mail in (letter, copy):
        # A bounce leads to us and to this one message (trust.md E3).
        assert re.fullmatch(r"b-[a-z0-9]+@campaigns\.demo\.invalid", mail.mail_from)


def assert_headers(letter: Received, name: str) -> None:
    mail = letter.parsed
    (sender,), (reply,) = mail["From"].addresses, mail["Reply-To"].addresses
    assert sender.display_name == f"{name} via Breast Cancer Now"
    assert sender.addr_spec == "letters@campaigns.demo.invalid"
    assert (reply.display_name, reply.addr_spec) == (name, "sian@gmail.com")
    assert [a.addr_spec for a in mail["To"].addresses] == [OFFICE]
    assert re.fullmatch(r"<[\w-]{22}@campaigns\.demo\.invalid>", mail["Message-ID"])
    assert mail["Subject"].endswith("[FCE]")
    assert mail["X-Campaign-ID"] == "FCE"
    assert mail.get_content_type() == "text/plain"
    assert mail["Cc"] is mail["Bcc"] is mail["List-Unsubscribe"] is mail["Auto-Submitted"] is None
    assert not mail.defects


def assert_words(text: str, name: str, shown: str) -> None:
    paragraphs = text.split("\n\n")
    assert f"I am your constituent in {SEAT} (SE1)" in paragraphs[1]
    assert paragraphs[2:4] == ["My mother waited eleven weeks.", "Nobody should."]
    assert f"{ALLIANCE} Cancer Alliance" in text
    assert f"{name}\n14 Tower Bridge Road\nLondon\nSE1 2DL" in text
    foot = text[text.index("SE1 2DL") :]
    assert "Breast Cancer Now" in foot
    assert "confirmed" in foot
    assert "FCE" in foot
    for paragraph in paragraphs[:4]:
        assert " ".join(paragraph.split()) in shown


def assert_copy(copy: Received, letter: Received) -> None:
    assert copy.parsed["Message-ID"] != letter.parsed["Message-ID"]
    assert copy.parsed["Auto-Submitted"] == "auto-generated"
    assert copy.parsed["From"].addresses[0].addr_spec == "campaigns@campaigns.demo.invalid"
    assert text_of(letter.parsed).strip() in text_of(copy.parsed)
    for kind in ("your-letter", "not-me", "unsubscribe"):
        link_in(copy.parsed, kind)


def test_the_code_of_the_email_works_and_every_link_in_it_opens(
    post_with: Callable[[SmtpServer], Post],
) -> None:
    with smtp_server() as server:
        post = post_with(server)
        person = post.person()
        person.sends_letter()
        (asked,) = post.leaves()
        code = re.search(r"^    (\d{6})$", text_of(asked.parsed), re.MULTILINE)
        assert code
        other = post.person()
        for kind in ("confirm", "not-me", "unsubscribe"):
            other.opens(link_in(asked.parsed, kind))

        person.presses("/code", code=code[1])

        assert person.heading == "Thank you. Your letter is on its way"
        assert {mail.rcpt_to for mail in post.leaves()} == {OFFICE, "sian@gmail.com"}


def test_this_was_not_me_stops_the_letter(post_with: Callable[[SmtpServer], Post]) -> None:
    with smtp_server() as server:
        post = post_with(server)
        person = post.person()
        person.sends_letter()
        (asked,) = post.leaves()
        person.opens(link_in(asked.parsed, "not-me"))

        person.presses("/not-me/")

        assert person.heading == "Thank you for telling us"
        confirm = link_in(asked.parsed, "confirm")
        assert urlsplit(confirm).path == confirm
        assert post.client.get(confirm).status_code in {200, 404, 409}
        assert post.leaves() == []


def test_an_office_that_refuses_is_told_to_the_writer_with_the_letter(
    post_with: Callable[[SmtpServer], Post], caplog: pytest.LogCaptureFixture
) -> None:
    refuses = replying("RCPT", "550 5.1.1 nobody of the name sian@gmail.com here")
    with smtp_server() as good, smtp_server(refuses) as bad:
        post = post_with(good)
        person = post.person()
        person.sends_letter()
        (asked,) = post.leaves()
        person.opens(link_in(asked.parsed, "confirm"))
        person.presses("/confirm/")
        send_letters_to(bad, post)

        told = post.leaves()

    failed = [mail for mail in told if "could not be delivered" in mail.parsed["Subject"]]
    assert len(failed) == 1
    assert "My mother waited eleven weeks." in text_of(failed[0].parsed)
    with post.app.app_context():
        message = db.session.scalars(select(Message).where(Message.kind == "letter")).one()
        public_id = message.public_id
    lines = [r.getMessage() for r in caplog.records if public_id in r.getMessage()]
    assert [line for line in lines if "failed" in line]
    assert not [r for r in caplog.records if "sian@gmail.com" in r.getMessage()]


def send_letters_to(server: SmtpServer, post: Post) -> None:
    """Send one batch, which holds the letter alone, to another server."""
    with post.app.app_context():
        line = tasks.line(replace(post.settings, smtp_url=server.url), render)
        dispatch.drain(line)
        line.mailer.close()
