"""Many mails in one go, against servers of every temper, each over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from typing import Protocol

import pytest

from campaign_app.delivery.mail import Envelope
from campaign_app.delivery.mailers import Answer, StreamingMailer, answer_of, deliver
from campaign_app.delivery.replies import Deferred, InDoubt, Refused, Unreachable
from campaign_app.gateways.smtp import SmtpMailer
from tests.smtp_servers import (
    EXTENSIONS,
    Misbehave,
    SmtpServer,
    as_usual,
    hanging_up_at,
    replying_first,
    smtp_server,
)


class Run(Protocol):
    def __call__(self, misbehave: Misbehave = as_usual) -> tuple[SmtpServer, list[Answer]]: ...


PIPELINING = (*EXTENSIONS, "PIPELINING")


def mails(number: int = 4) -> list[Envelope]:
    return [
        Envelope(
            "b-x@example.org", f"office{n}@mp.example", f"S: {n}\r\n\r\n.{n}\r\n".encode(), False
        )
        for n in range(number)
    ]


@pytest.fixture
def streamed() -> Iterator[Run]:
    """Start a server that offers PIPELINING, and hand it mails."""
    with ExitStack() as stack:

        def run(misbehave: Misbehave = as_usual) -> tuple[SmtpServer, list[Answer]]:
            server = stack.enter_context(smtp_server(misbehave, extensions=PIPELINING))
            mailer = SmtpMailer(
                server.url, local_hostname="example.org", timeout=timedelta(seconds=5)
            )
            stack.enter_context(closing(mailer))
            return server, list(deliver(mailer, iter(mails())))

        yield run


def named(answers: list[Answer]) -> list[str]:
    return [one if isinstance(one, str) else type(one).__name__ for one in answers]


def recipients(server: SmtpServer) -> list[str]:
    return [mail.rcpt_to for mail in server.received]


def refusing(verb: str, recipient: str, reply: str) -> Misbehave:
    """Refuse one recipient, and DATA behind it, as servers do that pipeline."""
    refused: list[str] = []

    def misbehave(heard: str, argument: str) -> str | None:
        if heard == verb and recipient in argument:
            refused.append(argument)
            return reply
        if heard == "DATA" and refused:
            refused.clear()
            return "503 5.5.1 no recipient"
        return None

    return misbehave


def test_mails_arrive_in_order_and_unchanged(streamed: Run) -> None:
    server, answers = streamed()

    assert named(answers) == ["250 2.0.0"] * 4
    assert recipients(server) == [f"office{n}@mp.example" for n in range(4)]
    assert [mail.data for mail in server.received] == [mail.data for mail in mails()]
    assert server.connections == 1


def test_no_body_leaves_before_the_answer_to_the_one_before_was_dealt_with() -> None:
    with smtp_server(extensions=PIPELINING) as server:
        mailer = SmtpMailer(server.url, local_hostname="example.org")
        seen = [len(server.received) for _ in mailer.deliver(iter(mails()))]
        mailer.close()

    assert seen == [1, 2, 3, 4]


def test_a_refused_recipient_costs_no_other_mail(streamed: Run) -> None:
    server, answers = streamed(refusing("RCPT", "office1", "550 5.1.1 unknown"))

    assert named(answers) == ["250 2.0.0", "Refused", "250 2.0.0", "250 2.0.0"]
    assert recipients(server) == [f"office{n}@mp.example" for n in (0, 2, 3)]


def test_the_last_mail_may_be_refused_and_the_connection_goes_on() -> None:
    with smtp_server(
        refusing("RCPT", "office3", "450 4.2.0 later"), extensions=PIPELINING
    ) as server:
        mailer = SmtpMailer(server.url, local_hostname="example.org")
        first = named(list(mailer.deliver(iter(mails()))))
        second = named(list(mailer.deliver(iter(mails(2)))))
        mailer.close()

    assert first == ["250 2.0.0"] * 3 + ["Deferred"]
    assert second == ["250 2.0.0"] * 2
    assert server.connections == 1


def test_a_body_that_is_allowed_without_a_recipient_is_ended_at_once(streamed: Run) -> None:
    def misbehave(heard: str, argument: str) -> str | None:
        return "550 5.1.1 no" if heard == "RCPT" and "office1" in argument else None

    server, answers = streamed(misbehave)

    assert named(answers) == ["250 2.0.0", "Refused", "250 2.0.0", "250 2.0.0"]
    # A lone dot ends it (RFC 2920, section 3.1); a real server refuses that, ours keeps it empty.
    assert [mail.data for mail in server.received if not mail.data] == [b""]


def test_a_refused_body_is_that_mail_s_alone(streamed: Run) -> None:
    server, answers = streamed(replying_first("BODY", "554 5.6.0 spam"))

    assert named(answers) == ["Refused", "250 2.0.0", "250 2.0.0", "250 2.0.0"]
    assert len(server.received) == 3


def test_a_connection_that_is_dropped_after_a_body_leaves_one_in_doubt(streamed: Run) -> None:
    server, answers = streamed(hanging_up_at("BODY", times=1))

    assert named(answers) == ["InDoubt", "250 2.0.0", "250 2.0.0", "250 2.0.0"]
    assert server.connections == 2


def test_a_connection_that_is_dropped_before_a_body_defers_that_mail(streamed: Run) -> None:
    server, answers = streamed(hanging_up_at("RCPT", times=1))

    assert named(answers) == ["Deferred", "250 2.0.0", "250 2.0.0", "250 2.0.0"]
    assert server.connections == 2


@pytest.mark.parametrize(("verb", "reply"), [("MAIL", "550 5.7.1 not you"), ("RCPT", "421 4.3.2")])
def test_a_relay_that_refuses_us_is_unreachable(streamed: Run, verb: str, reply: str) -> None:
    with pytest.raises(Unreachable):
        streamed(replying_first(verb, reply))


def test_a_mail_that_this_server_cannot_carry_fails_in_its_turn() -> None:
    beyond = Envelope("b-x@example.org", "siân@mp.example", b"S: x\r\n\r\nx\r\n", True)
    plain = ("SIZE 1000000", "PIPELINING")
    with smtp_server(extensions=plain) as server:
        mailer = SmtpMailer(server.url, local_hostname="example.org")
        answers = list(mailer.deliver(iter([beyond, *mails(2), beyond, *mails(1)])))
        mailer.close()

    assert named(answers) == ["Refused", "250 2.0.0", "250 2.0.0", "Refused", "250 2.0.0"]


def test_without_pipelining_mails_go_one_by_one() -> None:
    with smtp_server(replying_first("RCPT", "550 5.1.1 unknown")) as server:
        mailer = SmtpMailer(server.url, local_hostname="example.org")
        answers = list(mailer.deliver(iter(mails(3))))
        mailer.close()

    assert named(answers) == ["Refused", "250 2.0.0", "250 2.0.0"]


class Plain:
    """A mailer that knows only single mails."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure

    def open(self) -> None: ...

    def send(self, envelope: Envelope, *, started: object = None) -> str:
        if self.failure:
            raise self.failure
        return "250"

    def close(self) -> None: ...


def test_a_mailer_of_single_mails_is_asked_mail_by_mail() -> None:
    assert not isinstance(Plain(), StreamingMailer)
    assert list(deliver(Plain(), iter(mails(2)))) == ["250", "250"]


@pytest.mark.parametrize("failure", [Deferred("451"), InDoubt("timeout"), Refused("550")])
def test_a_failure_is_an_answer(failure: Exception) -> None:
    assert answer_of(Plain(failure), mails(1)[0]) is failure


def test_a_relay_that_is_gone_is_no_answer() -> None:
    with pytest.raises(Unreachable):
        answer_of(Plain(Unreachable("421")), mails(1)[0])
