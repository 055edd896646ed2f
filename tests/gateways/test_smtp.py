"""One mail against servers of every temper, each over a real socket."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from campaign_app.delivery.compose import compose
from campaign_app.delivery.mail import Envelope, Mail, Person
from campaign_app.delivery.replies import Deferred, InDoubt, Refused, Unreachable
from campaign_app.errors import FinalFailure, SettingsRefused, TransientFailure
from campaign_app.gateways.smtp import Relay, SmtpMailer
from tests.smtp_servers import (
    Certificate,
    SmtpServer,
    certificate,
    hanging_up_at,
    replying,
    replying_first,
    slow_at,
    smtp_server,
)

OFFICE = "office@mp.example"
MAIL = Envelope("letters@example.org", OFFICE, b"Subject: x\r\n\r\nHello.\r\n", False)
UTF8_MAIL = Envelope("letters@example.org", "siân@mp.example", MAIL.data, True)
SHORT = timedelta(milliseconds=300)


class Connect(Protocol):
    def __call__(
        self,
        server: SmtpServer,
        *,
        login: str = "",
        timeout: timedelta = timedelta(seconds=5),
        tls_required: bool | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> SmtpMailer: ...


@pytest.fixture
def mailer() -> Iterator[Connect]:
    """Make mailers for a server; they are closed after the test."""
    with ExitStack() as stack:

        def connect(
            server: SmtpServer,
            *,
            login: str = "",
            timeout: timedelta = timedelta(seconds=5),
            tls_required: bool | None = None,
            trust: ssl.SSLContext | None = None,
        ) -> SmtpMailer:
            made = SmtpMailer(
                server.url.replace("//", f"//{login}"),
                local_hostname="example.org",
                timeout=timeout,
                tls_required=tls_required,
                trust=trust,
            )
            stack.callback(made.close)
            return made

        yield connect


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """An event that comes when the test is over, so that no server thread outlives it."""
    event = threading.Event()
    yield event
    event.set()


def test_a_mail_arrives_as_it_was_written(mailer: Connect) -> None:
    body = b"Subject: x\r\n\r\n.one dot\r\n..two\r\n.\r\nFrom here\r\n"
    with smtp_server() as server:
        sender = mailer(server)

        reply = sender.send(Envelope("letters@example.org", OFFICE, body, False))
        sender.close()

    assert reply == "250 2.0.0"
    assert [(mail.mail_from, mail.rcpt_to, mail.data) for mail in server.received] == [
        ("letters@example.org", OFFICE, body)
    ]
    assert server.said[0].upper() == "EHLO EXAMPLE.ORG"


def test_a_body_without_a_last_line_end_gets_one(mailer: Connect) -> None:
    with smtp_server() as server:
        mailer(server).send(Envelope("a@example.org", OFFICE, b".x: y\r\n\r\nHello", False))

    assert server.received[0].data == b".x: y\r\n\r\nHello\r\n"


def test_one_connection_carries_many_mails(mailer: Connect) -> None:
    with smtp_server() as server:
        sender = mailer(server)

        for _ in range(3):
            sender.open()
            sender.send(MAIL)

    assert (server.connections, len(server.received)) == (1, 3)


def test_a_connection_that_died_while_idle_is_opened_again(mailer: Connect) -> None:
    with smtp_server(hanging_up_at("NOOP", times=1)) as server:
        sender = mailer(server)
        sender.send(MAIL)

        sender.open()
        sender.send(MAIL)

    assert (server.connections, len(server.received)) == (2, 2)


def test_started_is_called_when_the_body_is_about_to_leave(mailer: Connect) -> None:
    heard: list[list[str]] = []
    with smtp_server() as server:
        mailer(server).send(MAIL, started=lambda: heard.append(list(server.heard)))

    assert heard[0][-1] == "DATA"


def test_started_is_not_called_for_a_refused_recipient(mailer: Connect) -> None:
    heard: list[str] = []
    with smtp_server(replying("RCPT", "550 5.1.1 no such user")) as server, pytest.raises(Refused):
        mailer(server).send(MAIL, started=lambda: heard.append("started"))

    assert heard == []


@pytest.mark.parametrize(
    ("verb", "reply", "kind", "numbers"),
    [
        ("RCPT", f"550 5.1.1 <{OFFICE}> unknown", Refused, "550 5.1.1"),
        ("RCPT", "451 4.7.1 greylisted", Deferred, "451 4.7.1"),
        ("RCPT", "450 later", Deferred, "450"),
        ("DATA", "554 5.7.1 no", Refused, "554 5.7.1"),
        ("BODY", "552 5.3.4 too big", Refused, "552 5.3.4"),
        ("BODY", "452 4.3.1 disk full", Deferred, "452 4.3.1"),
        ("MAIL", "552 5.3.4 too big", Refused, "552 5.3.4"),
        ("MAIL", "451 4.3.0 later", Deferred, "451 4.3.0"),
        ("MAIL", "550 5.7.1 not from you", Unreachable, "550 5.7.1"),
        ("RCPT", "530 5.7.0 Must issue a STARTTLS command first", Unreachable, "530 5.7.0"),
        ("RCPT", "421 4.3.2 closing", Unreachable, "421 4.3.2"),
        ("CONNECT", "554 5.7.1 go away", Unreachable, "554 5.7.1"),
        ("CONNECT", "421 4.3.2 too busy", Unreachable, "421 4.3.2"),
    ],
)
def test_a_reply_becomes_a_type(
    mailer: Connect, verb: str, reply: str, kind: type[Deferred], numbers: str
) -> None:
    with (
        smtp_server(replying(verb, reply)) as server,
        pytest.raises((TransientFailure, FinalFailure)) as failure,
    ):
        mailer(server).send(MAIL)

    assert type(failure.value) is kind
    assert failure.value.reply == numbers
    assert OFFICE not in failure.value.message
    assert server.received == []


def test_after_a_refusal_the_connection_carries_the_next_mail(mailer: Connect) -> None:
    with smtp_server(replying_first("RCPT", "550 5.1.1 unknown")) as server:
        sender = mailer(server)
        with pytest.raises(Refused):
            sender.send(MAIL)

        sender.send(MAIL)

    assert (server.connections, len(server.received)) == (1, 1)
    assert "RSET" in server.heard


def test_a_connection_that_cannot_be_reset_is_left(mailer: Connect) -> None:
    def misbehave(verb: str, argument: str) -> str | None:
        return refuse(verb, argument) or hang_up(verb, argument)

    refuse, hang_up = replying_first("RCPT", "451 4.7.1 greylisted"), hanging_up_at("RSET")
    with smtp_server(misbehave) as server:
        sender = mailer(server)
        with pytest.raises(Deferred):
            sender.send(MAIL)

        sender.send(MAIL)

    assert (server.connections, len(server.received)) == (2, 1)


@pytest.mark.parametrize(
    ("verb", "kind"),
    [
        ("CONNECT", Unreachable),
        ("EHLO", Unreachable),
        ("MAIL", Deferred),
        ("RCPT", Deferred),
        ("DATA", Deferred),
        ("BODYLINE", InDoubt),
        ("BODY", InDoubt),
    ],
)
def test_a_dropped_connection_is_in_doubt_only_after_the_body_left(
    mailer: Connect, verb: str, kind: type[Deferred]
) -> None:
    with smtp_server(hanging_up_at(verb)) as server, pytest.raises(Deferred) as failure:
        mailer(server).send(MAIL)

    assert type(failure.value) is kind
    assert failure.value.reply == "connection lost"


def test_a_connection_lost_amid_a_large_body_is_not_in_doubt(mailer: Connect) -> None:
    # Far more than the buffers of both sides hold, so that the last dot cannot have left.
    large = Envelope("a@example.org", OFFICE, b"x" * 70 + b"\r\n" + b"y\r\n" * 8_000_000, False)
    with smtp_server(hanging_up_at("BODYLINE")) as server, pytest.raises(Deferred) as failure:
        mailer(server).send(large)

    assert type(failure.value) is Deferred


@pytest.mark.parametrize(
    ("verb", "kind"),
    [
        ("CONNECT", Unreachable),
        ("EHLO", Unreachable),
        ("RCPT", Deferred),
        ("DATA", Deferred),
        ("BODY", InDoubt),
    ],
)
def test_a_server_that_hangs_is_left_after_the_timeout(
    mailer: Connect, verb: str, kind: type[Deferred], never: threading.Event
) -> None:
    with smtp_server(slow_at(verb, never)) as server:
        with pytest.raises(Deferred) as failure:
            mailer(server, timeout=SHORT).send(MAIL)
        never.set()

    assert type(failure.value) is kind
    assert failure.value.reply == "timeout"


def test_a_late_answer_is_never_taken_for_the_next_one(
    mailer: Connect, never: threading.Event
) -> None:
    with smtp_server(slow_at("BODY", never)) as server:
        sender = mailer(server, timeout=SHORT)
        with pytest.raises(InDoubt):
            sender.send(MAIL)
        never.set()

        assert sender.send(MAIL) == "250 2.0.0"

    assert server.connections == 2


def test_a_slow_server_is_waited_for(mailer: Connect, never: threading.Event) -> None:
    with smtp_server(slow_at("BODY", never, seconds=0.2)) as server:
        assert mailer(server).send(MAIL) == "250 2.0.0"


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    nobody = SmtpMailer(f"smtp://127.0.0.1:{port}", local_hostname="example.org")

    with pytest.raises(Unreachable) as failure:
        nobody.open()

    assert failure.value.reply == "ConnectionRefusedError"
    nobody.close()


def test_a_broken_dialogue_is_not_gone_on_with(mailer: Connect) -> None:
    def die() -> None:
        raise SystemExit

    with smtp_server() as server:
        sender = mailer(server)
        with pytest.raises(SystemExit):
            sender.send(MAIL, started=die)

        sender.send(MAIL)

    assert (server.connections, len(server.received)) == (2, 1)


def test_starttls_hides_what_follows(mailer: Connect, tls: Certificate) -> None:
    with smtp_server(tls=tls.for_server) as server:
        mailer(server, tls_required=True, trust=tls.trusted).send(MAIL)

    assert [mail.over_tls for mail in server.received] == [True]
    assert server.heard[:4] == ["CONNECT", "EHLO", "STARTTLS", "EHLO"]


def test_tls_at_once_hides_everything(mailer: Connect, tls: Certificate) -> None:
    with smtp_server(tls=tls.for_server, tls_at_once=True) as server:
        mailer(server, trust=tls.trusted).send(MAIL)

    assert [mail.over_tls for mail in server.received] == [True]


def test_a_password_is_given_after_tls(mailer: Connect, tls: Certificate) -> None:
    with smtp_server(tls=tls.for_server, extensions=["AUTH PLAIN"]) as server:
        login = "ann%40example.org:p%2Fw@"
        mailer(server, login=login, tls_required=True, trust=tls.trusted).send(MAIL)

    assert server.heard.index("AUTH") > server.heard.index("STARTTLS")


def test_a_wrong_password_concerns_the_relay_and_no_single_mail(mailer: Connect) -> None:
    wrong = replying("AUTH", "535 5.7.8 wrong")
    with (
        smtp_server(wrong, extensions=["AUTH PLAIN"]) as server,
        pytest.raises(Unreachable) as failure,
    ):
        mailer(server, login="ann:secret@").open()

    assert failure.value.reply == "535 5.7.8"


def test_a_server_without_tls_is_refused_where_tls_is_required(mailer: Connect) -> None:
    with smtp_server() as server, pytest.raises(Unreachable, match="no TLS offered"):
        mailer(server, tls_required=True).open()

    assert "MAIL" not in server.heard


@pytest.mark.parametrize("at_once", [True, False])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    mailer: Connect, tls: Certificate, at_once: bool
) -> None:
    with (
        smtp_server(tls=tls.for_server, tls_at_once=at_once) as server,
        pytest.raises(Unreachable, match="bad certificate"),
    ):
        mailer(server, tls_required=True).open()

    assert "MAIL" not in server.heard


def test_a_certificate_for_another_host_is_refused(mailer: Connect, tmp_path: Path) -> None:
    other = certificate(tmp_path, address="127.0.0.2")
    with (
        smtp_server(tls=other.for_server) as server,
        pytest.raises(Unreachable, match="bad certificate"),
    ):
        mailer(server, tls_required=True, trust=other.trusted).open()


def test_a_server_that_takes_starttls_back_is_refused(mailer: Connect, tls: Certificate) -> None:
    no = replying("STARTTLS", "454 4.7.0 not now")
    with (
        smtp_server(no, tls=tls.for_server) as server,
        pytest.raises(Unreachable, match=r"454 4\.7\.0"),
    ):
        mailer(server, tls_required=True, trust=tls.trusted).open()


def test_a_relay_that_speaks_no_tls_after_all_is_refused(mailer: Connect) -> None:
    with smtp_server() as server:
        server.scheme = "smtps"
        with pytest.raises(Unreachable, match="TLS failed"):
            mailer(server).open()


def test_an_address_beyond_ascii_is_sent_as_utf8_where_the_server_can(mailer: Connect) -> None:
    with smtp_server() as server:
        mailer(server).send(UTF8_MAIL)

    assert server.received[0].rcpt_to == "siân@mp.example"
    assert any("SMTPUTF8" in line for line in server.said)


def test_an_address_beyond_ascii_fails_in_words_where_the_server_cannot(mailer: Connect) -> None:
    with smtp_server(extensions=["8BITMIME"]) as server:
        sender = mailer(server)
        with pytest.raises(Refused) as failure:
            sender.send(UTF8_MAIL)

        sender.send(MAIL)

    assert failure.value.reply == "no SMTPUTF8"
    assert "letters beyond a to z" in failure.value.message
    assert "siân" not in failure.value.message
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("url", "host", "port", "at_once"),
    [
        ("smtp://mail.example.org", "mail.example.org", 25, False),
        ("smtp://u:p@mail.example.org:587", "mail.example.org", 587, False),
        ("smtps://mail.example.org", "mail.example.org", 465, True),
        ("smtp://[::1]:2525", "::1", 2525, False),
    ],
)
def test_the_address_of_a_relay(url: str, host: str, port: int, at_once: bool) -> None:
    relay = Relay.from_url(url)

    assert (relay.host, relay.port, relay.tls_at_once) == (host, port, at_once)


@pytest.mark.parametrize(
    "url", ["http://x", "smtp://", "smtp://x:99999", "smtp://x:port", "smtp://u:pässword@x"]
)
def test_an_impossible_address_of_a_relay_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        Relay.from_url(url)

    assert url not in refused.value.message


def test_a_relay_never_shows_its_password() -> None:
    assert "hunter2" not in repr(Relay.from_url("smtp://u:hunter2@mail.example.org"))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("[::1]", True),
        ("mail.example.org", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
    ],
)
def test_tls_may_be_left_out_on_this_machine_only(host: str, loopback: bool) -> None:
    assert Relay.from_url(f"smtp://{host}").is_loopback is loopback


def test_a_greylisting_server_takes_the_second_try(mailer: Connect) -> None:
    with smtp_server(replying_first("RCPT", "451 4.7.1 greylisted")) as server:
        with pytest.raises(Deferred):
            mailer(server).send(MAIL)

        mailer(server).send(MAIL)

    assert len(server.received) == 1


@pytest.mark.parametrize(
    "name", ["Siân O'Brien-Llŷr", "محمد عبد الرحمن", "O'Brien, Ann", "Ŵyn Ødegård"]
)
def test_a_supporter_keeps_their_name_on_the_way(mailer: Connect, name: str) -> None:
    letter = Mail(
        from_name=f"{name} via A Charity",
        from_local="letters",
        to=Person("The Office", OFFICE),
        subject="Your constituency [FCE]",
        text=f"I am {name}.\n.\nFrom your constituent\n",
        mail_id="abc@letters.example.org",
        date=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
        reply_to=Person(name, "ann@home.example"),
    )
    with smtp_server() as server:
        mailer(server).send(compose(letter, mail_domain="letters.example.org"))

    found = server.received[0].parsed
    assert found["From"].addresses[0].display_name == f"{name} via A Charity"
    assert found["From"].addresses[0].addr_spec == "letters@letters.example.org"
    assert found["Reply-To"].addresses[0].display_name == name
    assert found["Reply-To"].addresses[0].addr_spec == "ann@home.example"
    assert found["Message-ID"] == "<abc@letters.example.org>"
    assert found.get_content().replace("\r\n", "\n") == letter.text
