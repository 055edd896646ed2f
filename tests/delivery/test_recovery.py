"""What a worker leaves behind when it dies."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from campaign_app.database import transaction
from campaign_app.delivery.claiming import LEASE, claim, recover
from campaign_app.delivery.dispatch import Line, drain
from campaign_app.delivery.models import Message, MessageState, Stream
from campaign_app.delivery.outcomes import IN_DOUBT
from tests.delivery.lines import FakeMailer, Watch, failing, fresh, history, queued


def after_the_lease(now: datetime) -> datetime:
    return now + LEASE + timedelta(seconds=1)


def recovered(now: datetime, *, retry: bool = True, told: list[int] | None = None) -> int:
    def tell(_session: Session, message: Message) -> None:
        if told is not None:
            told.append(message.id)

    with transaction() as session:
        return recover(session, now=now, retry_in_doubt=lambda _message: retry, on_failed=tell)


def crash_at(line: Line, mailer: FakeMailer, place: int) -> None:
    """Drain with a worker that dies while its mail at this place is being sent."""
    mailer.steps = [*(lambda _: "250" for _ in range(place)), failing(SystemExit())]
    with pytest.raises(SystemExit):
        drain(line)


def test_of_a_batch_only_the_one_that_was_being_sent_is_in_doubt(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    messages = [queued(session, now) for _ in range(5)]
    crash_at(line, mailer, 2)
    assert [fresh(session, message).state for message in messages] == [
        *[MessageState.ACCEPTED] * 2,
        *[MessageState.SENDING] * 3,
    ]

    assert recovered(after_the_lease(now)) == 3

    found = [fresh(session, message) for message in messages]
    assert [message.state for message in found[2:]] == [MessageState.DUE] * 3
    assert [message.attempts for message in found[2:]] == [1, 0, 0]
    doubts = [m for m in messages if "in doubt" in history(session, m)[-1][1]]
    assert doubts == [messages[2]]


def test_what_was_recovered_leaves_and_nothing_accepted_leaves_again(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, now: datetime
) -> None:
    messages = [queued(session, now) for _ in range(5)]
    crash_at(line, mailer, 2)
    watch.forward(2 * LEASE)
    recovered(watch())

    watch.forward(LEASE)
    while drain(line):
        pass

    assert sorted(mailer.subjects) == sorted(message.public_id for message in messages)
    assert all(fresh(session, m).state is MessageState.ACCEPTED for m in messages)


def test_a_letter_in_doubt_can_be_left_to_staff(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    letter = queued(session, now, stream=Stream.LETTERS)
    crash_at(line, mailer, 0)
    told: list[int] = []

    recovered(after_the_lease(now), retry=False, told=told)

    found = fresh(session, letter)
    assert (found.state, history(session, letter)[-1][1]) == (MessageState.FAILED, IN_DOUBT)
    assert found.data_started_at == now
    assert told == []


def test_a_lease_that_holds_is_left_alone(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    queued(session, now)
    crash_at(line, mailer, 0)

    assert recovered(now + LEASE) == 0


def test_batches_of_two_dead_workers_have_one_doubt_each(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    messages = [queued(session, now) for _ in range(4)]
    for owner in ("worker-1", "worker-2"):
        with transaction() as writing:
            claim(writing, owner=owner, now=now, limit=2)

    recovered(after_the_lease(now))

    doubts = [m for m in messages if "in doubt" in history(session, m)[-1][1]]
    assert doubts == [messages[0], messages[2]]


def test_a_message_that_kills_every_worker_is_given_up_in_the_end(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, now: datetime
) -> None:
    deadly = queued(session, now)
    told: list[int] = []

    while fresh(session, deadly).state is not MessageState.FAILED:
        other = queued(session, watch())
        crash_at(line, mailer, 0)
        watch.forward(2 * LEASE)
        recovered(watch(), told=told)
        # The others overtake it while it waits for its next attempt.
        assert drain(replace(line, owner="worker-2")) == 1
        assert fresh(session, other).state is MessageState.ACCEPTED
        watch.forward(timedelta(hours=48))

    assert told == [deadly.id]
