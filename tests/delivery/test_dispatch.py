"""From the outbox to the other side, and what is written down about it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from jinja2 import UndefinedError
from liquid.exceptions import OutputStreamLimitError
from sqlalchemy import text
from sqlalchemy.exc import NoResultFound, OperationalError
from sqlalchemy.orm import Session

from campaign_app.database import db, transaction
from campaign_app.delivery.claiming import LEASE, claim
from campaign_app.delivery.dispatch import Line, drain
from campaign_app.delivery.leaving import due_in
from campaign_app.delivery.mail import Mail
from campaign_app.delivery.mailers import Mailer
from campaign_app.delivery.models import Message, MessageState, Stream
from campaign_app.delivery.outcomes import IN_DOUBT
from campaign_app.delivery.replies import Deferred, InDoubt, Refused, Unreachable
from campaign_app.delivery.retries import RETRY_DELAYS, retry_delay
from campaign_app.delivery.states import Lease, move_all
from campaign_app.errors import FinalFailure, LetterFault, TransientFailure, WrongState
from campaign_app.gateways.smtp import SmtpMailer
from tests.delivery.lines import (
    FakeMailer,
    Watch,
    failing,
    fresh,
    history,
    plain_mail,
    queued,
)
from tests.smtp_servers import replying, replying_first, smtp_server

MINUTE = timedelta(minutes=1)


def test_a_due_message_leaves_and_is_marked(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    message = queued(session, now)

    assert drain(line) == 1
    assert drain(line) == 0

    message = fresh(session, message)
    assert mailer.subjects == [message.public_id]
    assert (message.state, message.last_reply) == (MessageState.ACCEPTED, "250 2.0.0")
    assert (message.attempts, message.accepted_at, message.lease_owner) == (1, now, None)
    assert history(session, message) == [
        (MessageState.DUE, "queued"),
        (MessageState.SENDING, "claimed"),
        (MessageState.ACCEPTED, "250 2.0.0"),
    ]


def test_a_waiting_message_leaves_when_its_time_has_come(
    session: Session, line: Line, watch: Watch, now: datetime
) -> None:
    message = queued(session, now, state=MessageState.WAITING, due_at=now + MINUTE)
    assert drain(line) == 0

    watch.forward(MINUTE)
    assert drain(line) == 1

    states = [state for state, _ in history(session, message)]
    assert states == [
        MessageState.WAITING,
        MessageState.DUE,
        MessageState.SENDING,
        MessageState.ACCEPTED,
    ]


@pytest.mark.parametrize("state", [MessageState.HELD, MessageState.WAITING])
def test_what_is_not_due_stays(
    session: Session, line: Line, now: datetime, state: MessageState
) -> None:
    queued(session, now, state=state, due_at=now + MINUTE)

    assert drain(line) == 0


def test_a_held_message_stays_whatever_its_time(
    session: Session, line: Line, now: datetime
) -> None:
    queued(session, now, state=MessageState.HELD)

    assert drain(line) == 0


def test_service_mail_is_claimed_in_batches_and_a_letter_alone(
    session: Session, now: datetime
) -> None:
    first = queued(session, now, stream=Stream.LETTERS, due_at=now - 2 * MINUTE)
    service = [queued(session, now, due_at=now - MINUTE) for _ in range(25)]
    last = queued(session, now, stream=Stream.LETTERS, due_at=now - 3 * MINUTE)

    claims = []
    while True:
        with transaction() as writing:
            batch = claim(writing, owner="one", now=now, limit=20)
        if not batch:
            break
        claims.append([message.id for message in batch])

    ids = [message.id for message in service]
    assert claims == [[last.id], [first.id], ids[:20], ids[20:]]


def test_letters_in_between_do_not_make_batches_small(session: Session, now: datetime) -> None:
    service = [queued(session, now)]
    queued(session, now, stream=Stream.LETTERS)
    service.append(queued(session, now))

    with transaction() as writing:
        batch = claim(writing, owner="one", now=now, limit=20)
        claimed = [message.id for message in batch]

    assert claimed == [message.id for message in service]


def test_a_claim_says_durably_that_the_body_may_leave(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    message = queued(session, now)
    seen: list[tuple[str, str]] = []

    def look(_envelope: object) -> str:
        with db.engine.connect() as other:
            row = other.execute(text("SELECT state, lease_owner FROM message")).one()
        seen.append((row.state, row.lease_owner))
        return "250"

    mailer.steps = [look]
    drain(line)

    assert seen == [("sending", "worker-1")]
    assert fresh(session, message).data_started_at == now


def test_each_acceptance_is_marked_before_the_next_body_leaves(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    for _ in range(3):
        queued(session, now)
    marked: list[int] = []

    def look(_envelope: object) -> str:
        # On PostgreSQL the mark is on its way, past our own death; it is there in a moment.
        give_up = time.monotonic() + 5
        while (found := count()) < len(marked) and time.monotonic() < give_up:
            time.sleep(0.001)
        marked.append(found)
        return "250"

    def count() -> int:
        with db.engine.connect() as other:
            found = other.execute(text("SELECT count(*) FROM message WHERE state = 'accepted'"))
            return int(found.scalar_one())

    mailer.steps = [look, look, look]
    drain(line)

    assert marked == [0, 1, 2]


def test_a_deferred_message_is_tried_again_by_the_table(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, now: datetime
) -> None:
    message = queued(session, now)
    mailer.steps = [failing(Deferred("451 4.7.1"))]

    drain(line)

    message = fresh(session, message)
    delay = retry_delay(message.public_id, 1)
    assert delay is not None
    assert (message.state, message.due_at) == (MessageState.DUE, now + delay)
    assert (message.last_reply, message.data_started_at) == ("451 4.7.1", None)
    assert drain(line) == 0
    watch.forward(delay)
    assert drain(line) == 1
    assert fresh(session, message).state is MessageState.ACCEPTED


def test_one_message_id_serves_all_attempts(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, now: datetime
) -> None:
    message = queued(session, now)
    bodies: list[bytes] = []

    def greylist(envelope: object) -> str:
        bodies.append(envelope.data)  # type: ignore[attr-defined]
        raise Deferred("451 4.7.1")

    mailer.steps = [greylist]
    drain(line)
    watch.forward(timedelta(hours=1))
    drain(line)

    line_of_id = f"\r\nMessage-ID: <{message.mail_id}>\r\n".encode()
    assert all(line_of_id in body for body in [*bodies, mailer.taken[0].data])


def test_after_the_last_attempt_the_supporter_is_told(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, now: datetime
) -> None:
    message = queued(session, now)
    told: list[int] = []
    line = replace(line, on_failed=lambda _session, failed: told.append(failed.id))
    tries = len(RETRY_DELAYS) + 1
    mailer.steps = [failing(Deferred("451 4.7.1")) for _ in range(tries)]

    for _ in range(tries):
        assert told == []
        drain(line)
        watch.forward(timedelta(hours=48))

    message = fresh(session, message)
    assert (message.state, message.attempts) == (MessageState.FAILED, tries)
    assert history(session, message)[-1][1] == "given up: 451 4.7.1"
    assert told == [message.id]
    assert drain(line) == 0


def test_a_refused_message_fails_at_once_and_the_next_leaves(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    refused, other = queued(session, now), queued(session, now)
    told: list[int] = []
    mailer.steps = [failing(Refused("550 5.1.1"))]

    drain(replace(line, on_failed=lambda _session, failed: told.append(failed.id)))

    assert fresh(session, refused).state is MessageState.FAILED
    assert fresh(session, other).state is MessageState.ACCEPTED
    assert told == [refused.id]


def test_telling_is_committed_with_the_failure_or_not_at_all(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    message = queued(session, now)

    def tell(session: Session, _failed: Message) -> None:
        session.execute(text("SELECT * FROM nowhere"))

    mailer.steps = [failing(Refused("550 5.1.1"))]
    with pytest.raises(Exception, match="nowhere"):
        drain(replace(line, on_failed=tell))

    assert fresh(session, message).state is MessageState.SENDING


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (TransientFailure("a gateway without numbers"), MessageState.DUE),
        (FinalFailure("a gateway without numbers"), MessageState.FAILED),
    ],
)
def test_a_failure_without_numbers_is_named_by_its_type(
    session: Session,
    line: Line,
    mailer: FakeMailer,
    now: datetime,
    failure: Exception,
    state: MessageState,
) -> None:
    message = queued(session, now)
    mailer.steps = [failing(failure)]

    drain(line)

    message = fresh(session, message)
    assert (message.state, message.last_reply) == (state, type(failure).__name__)


@pytest.mark.parametrize(
    ("retry", "state", "reason"),
    [
        (True, MessageState.DUE, "in doubt, retried: timeout"),
        (False, MessageState.FAILED, IN_DOUBT),
    ],
)
def test_doubt_is_retried_or_put_before_staff(
    session: Session,
    line: Line,
    mailer: FakeMailer,
    now: datetime,
    retry: bool,
    state: MessageState,
    reason: str,
) -> None:
    message = queued(session, now)
    mailer.steps = [failing(InDoubt("timeout"))]
    told: list[int] = []

    line = replace(line, on_failed=lambda _session, failed: told.append(failed.id))
    # Without a word of the caller's, doubt is retried.
    drain(line if retry else replace(line, retry_in_doubt=lambda _message: False))

    assert history(session, message)[-1] == (state, reason)
    assert told == []


def test_without_a_relay_the_whole_batch_waits_and_nobody_is_tried(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    messages = [queued(session, now) for _ in range(3)]
    mailer.opening = [Unreachable("ConnectionRefusedError")]

    assert drain(line) == 3

    assert mailer.taken == []
    for message in messages:
        found = fresh(session, message)
        assert (found.state, found.attempts) == (MessageState.DUE, 1)
        assert found.due_at >= now + RETRY_DELAYS[0]


def test_a_relay_that_goes_away_amid_a_batch_takes_the_rest_with_it(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    messages = [queued(session, now) for _ in range(3)]
    mailer.steps = [lambda _: "250", failing(Unreachable("421 4.3.2"))]

    drain(line)

    states = [fresh(session, message).state for message in messages]
    assert states == [MessageState.ACCEPTED, MessageState.DUE, MessageState.DUE]


def test_a_batch_that_takes_too_long_is_put_back_untried(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, now: datetime
) -> None:
    messages = [queued(session, now) for _ in range(3)]

    def slow(_envelope: object) -> str:
        watch.forward(LEASE * 0.6)
        return "250"

    mailer.steps = [slow]
    drain(line)

    found = [fresh(session, message) for message in messages]
    assert [message.state for message in found][1:] == [MessageState.DUE, MessageState.DUE]
    assert [message.attempts for message in found] == [1, 0, 0]
    assert drain(line) == 2


def test_what_may_not_be_sent_any_more_is_cancelled_when_it_would_leave(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    message = queued(session, now)

    drain(replace(line, may_send=lambda _session, _message: False))

    assert mailer.taken == []
    assert history(session, message)[-1] == (MessageState.CANCELLED, "not permitted")


def test_what_has_nothing_to_say_any_more_is_cancelled(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    message = queued(session, now)

    drain(replace(line, composer=lambda _session, _message, _now: None))

    assert mailer.taken == []
    assert fresh(session, message).state is MessageState.CANCELLED


@pytest.mark.parametrize(
    "error",
    [
        KeyError("ann@home.example"),
        LetterFault(),
        UndefinedError("x"),
        OutputStreamLimitError("x", token=None),
        RecursionError(),
        NoResultFound(),
    ],
)
def test_a_message_that_cannot_be_built_holds_up_nobody_else(
    session: Session,
    line: Line,
    mailer: FakeMailer,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    broken, other = queued(session, now), queued(session, now)

    def build(session: Session, message: Message, now: datetime) -> Mail:
        if message.id == broken.id:
            raise error
        return plain_mail(session, message, now)

    with caplog.at_level(logging.DEBUG):
        drain(replace(line, composer=build))

    assert fresh(session, other).state is MessageState.ACCEPTED
    found = fresh(session, broken)
    assert found.state is MessageState.DUE
    assert found.last_reply == f"could not be built: {type(error).__name__}"
    assert found.due_at > now
    assert "ann@home.example" not in caplog.text


def test_a_message_that_can_never_be_built_fails(
    session: Session, line: Line, now: datetime
) -> None:
    message = queued(session, now)

    def build(_session: Session, _message: Message, _now: datetime) -> Mail:
        raise FinalFailure("the target has no address")

    drain(replace(line, composer=build))

    assert fresh(session, message).state is MessageState.FAILED


def test_a_database_that_is_gone_is_not_blamed_on_a_message(
    session: Session, line: Line, now: datetime
) -> None:
    message = queued(session, now)

    def build(_session: Session, _message: Message, _now: datetime) -> Mail:
        raise OperationalError("SELECT", {}, Exception("gone"))

    with pytest.raises(OperationalError):
        drain(replace(line, composer=build))

    assert fresh(session, message).state is MessageState.SENDING


def test_what_a_composer_writes_is_not_kept(session: Session, line: Line, now: datetime) -> None:
    message = queued(session, now)

    def build(session: Session, message: Message, now: datetime) -> Mail:
        message.kind = "changed"
        session.flush()
        return plain_mail(session, message, now)

    drain(replace(line, composer=build))

    assert fresh(session, message).kind == "test"


def test_an_erased_message_is_not_missed(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    first, second = queued(session, now), queued(session, now)
    left, second_id = first.public_id, second.id

    def build(session: Session, message: Message, now: datetime) -> Mail | None:
        """Build as letters are built: from what is still there."""
        there = session.get(Message, message.id, populate_existing=True)
        return plain_mail(session, message, now) if there else None

    def erase(_envelope: object) -> str:
        with db.engine.begin() as other:
            other.execute(text("DELETE FROM message"))
        return "250"

    mailer.steps = [erase]
    drain(replace(line, composer=build))

    assert mailer.subjects == [left]
    session.expunge_all()
    assert session.get(Message, second_id) is None


@pytest.mark.parametrize(
    ("road", "end"),
    [
        ([MessageState.DUE], MessageState.ACCEPTED),
        ([MessageState.FAILED], MessageState.ACCEPTED),
        ([MessageState.DUE, MessageState.SENDING], MessageState.SENDING),
        ([MessageState.DUE, MessageState.CANCELLED], MessageState.CANCELLED),
    ],
)
def test_an_acceptance_after_the_lease_ran_out_is_still_the_truth(
    session: Session,
    line: Line,
    mailer: FakeMailer,
    now: datetime,
    road: list[MessageState],
    end: MessageState,
) -> None:
    message = queued(session, now)

    def lose_the_lease(_envelope: object) -> str:
        other = Lease("worker-2", now + 2 * LEASE)
        with transaction() as writing:
            row = writing.get_one(Message, message.id)
            for step in road:
                lease = other if step is MessageState.SENDING else None
                move_all(writing, [row], step, reason="lost", now=now, lease=lease)
        return "250 2.0.0"

    mailer.steps = [lose_the_lease]
    drain(line)

    assert fresh(session, message).state is end


def test_a_failure_after_the_lease_ran_out_counts_for_nothing(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    message = queued(session, now)

    def lose_the_lease(_envelope: object) -> str:
        with transaction() as writing:
            row = writing.get_one(Message, message.id)
            move_all(writing, [row], MessageState.DUE, reason="lost", now=now)
        raise Refused("550 5.1.1")

    mailer.steps = [lose_the_lease]
    drain(line)

    assert history(session, message)[-1] == (MessageState.DUE, "lost")


def test_a_letter_taken_back_amid_a_claim_is_refused_or_stopped_but_never_both(
    app: Flask, session: Session, now: datetime
) -> None:
    message = queued(session, now)
    session.rollback()

    # The claim is made while the other still believes that the message is due.
    with app.app_context(), transaction() as writing:
        claim(writing, owner="one", now=now, limit=1)

    with pytest.raises(WrongState), transaction() as writing:
        move_all(writing, [message], MessageState.TAKEN_BACK, reason="x", now=now)
    assert fresh(session, message).state is MessageState.SENDING


def test_several_workers_send_every_message_once(
    app: Flask, session: Session, line: Line, now: datetime
) -> None:
    messages = [queued(session, now) for _ in range(60)]
    session.rollback()
    mailers = [FakeMailer(), FakeMailer(), FakeMailer()]

    def work(number: int) -> None:
        with app.app_context():
            mine = replace(line, mailer=mailers[number], owner=f"worker-{number}")
            while drain(mine, limit=4):
                pass

    workers = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    sent = sorted(subject for mailer in mailers for subject in mailer.subjects)
    assert sent == sorted(message.public_id for message in messages)
    assert all(fresh(session, message).attempts == 1 for message in messages)


def test_due_messages_are_found_by_their_index(session: Session, now: datetime) -> None:
    queued(session, now)
    found = due_in(Stream.SERVICE, now)
    explain = "EXPLAIN QUERY PLAN"
    if session.get_bind().dialect.name == "postgresql":
        explain = "EXPLAIN"
        # A table of one row would be read as it stands.
        session.execute(text("SET LOCAL enable_seqscan = off"))
    words = found.limit(20).compile(session.get_bind(), compile_kwargs={"literal_binds": True})

    rows = session.connection().exec_driver_sql(f"{explain} {words}")
    plan = "\n".join(map(str, rows))

    assert "ix_message_leaving" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def test_a_letter_arrives_at_a_real_server(
    session: Session, line_to: Callable[[Mailer], Line], now: datetime
) -> None:
    message = queued(session, now, stream=Stream.LETTERS)
    with smtp_server() as server:
        mailer = SmtpMailer(server.url, local_hostname="example.org")
        drain(line_to(mailer))
        mailer.close()

    assert fresh(session, message).state is MessageState.ACCEPTED
    assert server.received[0].parsed["Message-ID"] == f"<{message.mail_id}>"


def test_a_real_server_that_greylists_gets_the_letter_later(
    session: Session, line_to: Callable[[Mailer], Line], watch: Watch, now: datetime
) -> None:
    message = queued(session, now, stream=Stream.LETTERS)
    with smtp_server(replying_first("RCPT", "451 4.7.1 greylisted")) as server:
        mailer = SmtpMailer(server.url, local_hostname="example.org")
        drain(line_to(mailer))
        assert fresh(session, message).last_reply == "451 4.7.1"
        watch.forward(2 * MINUTE)
        drain(line_to(mailer))
        mailer.close()

    assert fresh(session, message).state is MessageState.ACCEPTED
    assert len(server.received) == 1


def test_a_real_server_that_refuses_never_has_its_words_repeated(
    session: Session,
    line_to: Callable[[Mailer], Line],
    now: datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    message = queued(session, now)
    with (
        caplog.at_level(logging.DEBUG),
        smtp_server(replying("RCPT", "550 5.1.1 <office@mp.example>: unknown")) as server,
    ):
        mailer = SmtpMailer(server.url, local_hostname="example.org")
        drain(line_to(mailer))
        mailer.close()

    assert fresh(session, message).last_reply == "550 5.1.1"
    assert "office@mp.example" not in caplog.text
    assert "office@mp.example" not in str(history(session, message))
