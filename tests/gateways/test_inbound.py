"""Mails that come back are read as what they are, and only by the address that we signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign_app.delivery.returns import News
from campaign_app.delivery.verp import return_path
from campaign_app.gateways import inbound
from campaign_app.vault.tokens import random_id
from tests.gateways.returned_mails import RETURNED, Write

DOMAIN = "letters.example.org"


@pytest.fixture
def public_id(app: Flask) -> str:
    return random_id()


def test_there_are_twenty_kinds_and_more() -> None:
    assert len(RETURNED) >= 20


@pytest.mark.parametrize(
    ("news", "code", "write"), [row[1:] for row in RETURNED], ids=[row[0] for row in RETURNED]
)
def test_a_returned_mail_is_what_it_is(public_id: str, news: News, code: str, write: Write) -> None:
    arrived = inbound.read(write(return_path(public_id, DOMAIN)))

    assert (arrived.returned.news, arrived.returned.code) == (news, code)
    assert arrived.returned.public_id == public_id
    assert (arrived.reply is not None) is (news is News.REPLY)


@pytest.mark.parametrize("write", [row[3] for row in RETURNED], ids=[row[0] for row in RETURNED])
def test_a_forged_address_is_nobody_s(public_id: str, write: Write) -> None:
    genuine = return_path(public_id, DOMAIN)
    forged = genuine.replace(genuine[2:6], "aaaa" if genuine[2:6] != "aaaa" else "bbbb", 1)

    arrived = inbound.read(write(forged))

    assert arrived.returned.news is News.FORGED
    assert arrived.reply is None


def test_the_envelope_s_recipient_counts_before_the_headers(public_id: str) -> None:
    raw = RETURNED[0][3]("somebody@example.org")

    assert (
        inbound.read(raw, recipient=return_path(public_id, DOMAIN)).returned.public_id == public_id
    )


def test_a_mail_that_comes_twice_has_one_key(public_id: str) -> None:
    raw = RETURNED[0][3](return_path(public_id, DOMAIN))

    first, second = inbound.read(raw), inbound.read(b"Received: again\r\n" + raw)

    assert first.returned.event_key == second.returned.event_key


def test_an_answer_is_read_with_its_words_and_where_to_answer(public_id: str) -> None:
    raw = (
        "From: =?utf-8?q?Si=C3=B4n?= <sion@mp.example>\r\nReply-To: team@mp.example\r\n"
        f"To: {return_path(public_id, DOMAIN)}\r\nSubject: Re: letter\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/html; charset=utf-8\r\n\r\n"
        "<style>p {color: red}</style><p>I will <b>ask</b>.</p>\r\n"
    ).encode()

    reply = inbound.read(raw).reply

    assert reply is not None
    assert reply.from_address == "team@mp.example"
    assert reply.text.split() == ["I", "will", "ask", "."]


def test_an_unknown_charset_stops_nothing(public_id: str) -> None:
    raw = (
        f"From: a@mp.example\r\nTo: {return_path(public_id, DOMAIN)}\r\n"
        "Content-Type: text/plain; charset=klingon\r\n\r\nHello \xe9\r\n"
    ).encode("latin-1")

    assert inbound.read(raw).reply is not None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(raw=st.binary(max_size=400))
def test_no_mail_whatever_breaks_the_door(app: Flask, raw: bytes) -> None:
    assert inbound.read(raw).returned.news is News.FORGED


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(head=st.binary(max_size=200), body=st.binary(max_size=200))
def test_no_mail_to_us_breaks_the_door(public_id: str, head: bytes, body: bytes) -> None:
    raw = head + b"\r\n\r\n" + body

    inbound.read(raw, recipient=return_path(public_id, DOMAIN))


def test_a_maildir_is_read_and_each_mail_put_away(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for name in ("2", "1"):
        (tmp_path / "new" / name).write_bytes(name.encode())

    read = []
    for path, raw in inbound.maildir(tmp_path):
        read.append(raw)
        inbound.seen(path)

    assert read == [b"1", b"2"]
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["1:2,S", "2:2,S"]
    assert list(inbound.maildir(tmp_path)) == []
    assert list(inbound.maildir(tmp_path / "nowhere")) == []
