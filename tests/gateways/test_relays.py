"""Two relays and a circuit breaker: a dead server is left alone, and the other one used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from campaign_app.delivery.breaker import FIRST_REST, LONGEST_REST, TRIES, SharedHealth
from campaign_app.delivery.dispatch import Line, drain
from campaign_app.delivery.mail import Envelope
from campaign_app.delivery.models import Message, MessageState, RelayHealth
from campaign_app.delivery.replies import Refused, Unreachable
from campaign_app.gateways.relays import Relays
from campaign_app.gateways.smtp import SmtpMailer
from tests.delivery.conftest import line, watch  # noqa: F401 - fixtures.
from tests.delivery.lines import FakeMailer, Watch, failing, fresh, queued
from tests.smtp_servers import smtp_server

MAIL = Envelope("b-x@example.org", "office@mp.example", b"S: x\r\n\r\nx\r\n", False)
DEAD = "dead:25"
ALIVE = "alive:25"


@pytest.fixture
def mailer() -> FakeMailer:
    return FakeMailer()


@pytest.fixture
def dead() -> FakeMailer:
    return FakeMailer(opening=[Unreachable("ConnectionRefusedError") for _ in range(50)])


@pytest.fixture
def relays(session: Session, dead: FakeMailer, mailer: FakeMailer, watch: Watch) -> Relays:  # noqa: F811
    return Relays({DEAD: dead, ALIVE: mailer}, SharedHealth(), watch)


def test_the_second_relay_takes_over(relays: Relays, dead: FakeMailer, mailer: FakeMailer) -> None:
    relays.open()

    assert relays.send(MAIL) == "250 2.0.0"
    assert mailer.taken == [MAIL]
    assert dead.opened == 1


def test_a_dead_relay_is_left_alone_after_some_failures(
    relays: Relays,
    dead: FakeMailer,
    watch: Watch,  # noqa: F811
) -> None:
    for _ in range(TRIES + 5):
        relays.open()
    assert dead.opened == TRIES

    watch.forward(FIRST_REST)
    relays.open()
    assert dead.opened == TRIES + 1


def test_the_rest_doubles_up_to_its_limit(
    session: Session,
    relays: Relays,
    watch: Watch,  # noqa: F811
) -> None:
    rests = []
    for _ in range(TRIES + 8):
        relays.open()
        health = session.get_one(RelayHealth, DEAD, populate_existing=True)
        if health.open_until is not None:
            rests.append(health.open_until - watch())
            watch.moment = health.open_until
        session.rollback()

    assert rests[:3] == [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST]
    assert rests[-1] == LONGEST_REST


def test_all_workers_share_what_one_has_learned(
    relays: Relays,
    dead: FakeMailer,
    mailer: FakeMailer,
    watch: Watch,  # noqa: F811
) -> None:
    for _ in range(TRIES):
        relays.open()
    other = FakeMailer()

    Relays({DEAD: other, ALIVE: mailer}, SharedHealth(), watch).open()

    assert other.opened == 0


def test_a_relay_that_answers_again_is_forgiven_by_any_worker(
    session: Session,
    relays: Relays,
    mailer: FakeMailer,
    watch: Watch,  # noqa: F811
) -> None:
    for _ in range(TRIES):
        relays.open()
    watch.forward(FIRST_REST)
    mended = FakeMailer()

    Relays({DEAD: mended, ALIVE: mailer}, SharedHealth(), watch).open()

    health = session.get_one(RelayHealth, DEAD, populate_existing=True)
    assert (health.failures, health.open_until) == (0, None)
    assert mended.opened == 1


def test_without_any_relay_nothing_is_claimed_and_no_attempt_spent(
    session: Session,
    line: Line,  # noqa: F811
    watch: Watch,  # noqa: F811
    now: datetime,
) -> None:
    gone = FakeMailer(opening=[Unreachable("timeout") for _ in range(50)])
    alone = Relays({DEAD: gone}, SharedHealth(), watch)
    mine = replace(line, mailer=alone, may_claim=alone.usable)
    message = queued(session, now)
    for _ in range(TRIES):
        assert drain(mine) == 1
        watch.forward(timedelta(hours=3))
        if fresh(session, message).attempts == TRIES:
            watch.moment = now + timedelta(hours=3 * TRIES - 3)

    assert drain(mine) == 0
    assert fresh(session, message).attempts == TRIES


def test_only_the_relay_s_own_failure_is_held_against_it(
    session: Session,
    mailer: FakeMailer,
    watch: Watch,  # noqa: F811
) -> None:
    mailer.steps = [failing(Refused("550 5.1.1"))]
    relays = Relays({ALIVE: mailer}, SharedHealth(), watch)
    relays.open()

    with pytest.raises(Refused):
        relays.send(MAIL)

    assert session.get(RelayHealth, ALIVE) is None


def test_a_relay_that_goes_away_amid_a_batch_is_blamed(
    session: Session,
    line: Line,  # noqa: F811
    mailer: FakeMailer,
    watch: Watch,  # noqa: F811
    now: datetime,
) -> None:
    mailer.steps = [lambda _: "250", failing(Unreachable("421 4.3.2"))]
    second = FakeMailer()
    both = Relays({"one": mailer, "two": second}, SharedHealth(), watch)
    mine = replace(line, mailer=both, may_claim=both.usable)
    messages = [queued(session, now) for _ in range(3)]

    drain(mine)
    assert session.get_one(RelayHealth, "one").failures == 1
    watch.forward(timedelta(minutes=5))
    mailer.opening = [Unreachable("timeout")]
    drain(mine)

    states = {fresh(session, message).state for message in messages}
    assert states == {MessageState.ACCEPTED}
    assert len(second.taken) == 2
    both.close()


def test_real_servers_take_over_from_each_other(
    session: Session,
    line_to_relays: Callable[[Relays], Line],
    watch: Watch,  # noqa: F811
    now: datetime,
) -> None:
    message: Message = queued(session, now)
    with smtp_server() as server:
        nobody = SmtpMailer("smtp://127.0.0.1:9", local_hostname="example.org")
        somebody = SmtpMailer(server.url, local_hostname="example.org")
        relays = Relays({"nobody": nobody, "somebody": somebody}, SharedHealth(), watch)
        drain(line_to_relays(relays))
        relays.close()

    assert fresh(session, message).state is MessageState.ACCEPTED


@pytest.fixture
def line_to_relays(line: Line) -> Callable[[Relays], Line]:  # noqa: F811
    return lambda relays: replace(line, mailer=relays, may_claim=relays.usable)
