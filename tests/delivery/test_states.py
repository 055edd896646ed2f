"""The table of states holds against every way of writing a change."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from campaign_app.delivery.models import Message, MessageState
from campaign_app.delivery.states import END, TRANSITIONS, Lease, move, move_all
from campaign_app.errors import WrongState
from tests.delivery.lines import history, queued

ROADS = {
    MessageState.HELD: [],
    MessageState.WAITING: [MessageState.WAITING],
    MessageState.DUE: [MessageState.DUE],
    MessageState.SENDING: [MessageState.DUE, MessageState.SENDING],
    MessageState.ACCEPTED: [MessageState.DUE, MessageState.SENDING, MessageState.ACCEPTED],
    MessageState.FAILED: [MessageState.DUE, MessageState.SENDING, MessageState.FAILED],
    MessageState.TAKEN_BACK: [MessageState.TAKEN_BACK],
    MessageState.CANCELLED: [MessageState.CANCELLED],
    MessageState.EXPIRED: [MessageState.EXPIRED],
}
ROADS[MessageState.DELIVERED] = [*ROADS[MessageState.ACCEPTED], MessageState.DELIVERED]
ROADS[MessageState.BOUNCED] = [*ROADS[MessageState.ACCEPTED], MessageState.BOUNCED]


def lease_for(state: MessageState, now: datetime) -> Lease | None:
    return Lease("tester", now + timedelta(minutes=1)) if state is MessageState.SENDING else None


def go(session: Session, message: Message, to: MessageState, now: datetime) -> None:
    move(session, message, to, reason="test", now=now, lease=lease_for(to, now))


def message_in(session: Session, state: MessageState, now: datetime) -> Message:
    message = queued(session, now, state=MessageState.HELD)
    for step in ROADS[state]:
        go(session, message, step, now)
    session.flush()
    return message


def as_the_database_wants(message: Message) -> bool:
    """Whether the row keeps the rules that its CHECKs and its readers rely on."""
    sending = message.state is MessageState.SENDING
    return (
        (message.lease_until is not None) is sending
        and (message.lease_owner is not None) is sending
        and (message.ended_at is not None) is (message.state in END)
        and not (sending and message.data_started_at is None)
        and message.attempts >= 0
    )


def test_every_state_has_its_line_in_the_table_and_a_way_out_or_an_end() -> None:
    assert set(TRANSITIONS) == set(MessageState)
    assert all(TRANSITIONS[state] or state in END for state in MessageState)


def test_no_change_outside_the_table_can_be_written(session: Session, now: datetime) -> None:
    for before in MessageState:
        for to in MessageState:
            message = message_in(session, before, now)
            lines = len(history(session, message))
            if to in TRANSITIONS[before]:
                go(session, message, to, now)
            else:
                with pytest.raises(WrongState):
                    go(session, message, to, now)

            session.refresh(message)
            assert message.state is (to if to in TRANSITIONS[before] else before)
            added = history(session, message)[lines:]
            assert added == ([(to, "test")] if to in TRANSITIONS[before] else [])
            assert as_the_database_wants(message)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wishes=st.lists(st.sampled_from(list(MessageState)), max_size=25))
def test_no_walk_of_any_length_leaves_the_table(
    session: Session, now: datetime, wishes: list[MessageState]
) -> None:
    message = queued(session, now, state=MessageState.HELD)
    walked = [MessageState.HELD]

    for wish in wishes:
        try:
            go(session, message, wish, now)
        except WrongState:
            continue
        walked.append(wish)

    session.flush()
    session.refresh(message)
    assert message.state is walked[-1]
    assert [state for state, _ in history(session, message)] == walked
    assert all(b in TRANSITIONS[a] for a, b in pairwise(walked))
    assert as_the_database_wants(message)


def test_sending_needs_a_lease_and_nothing_else_takes_one(session: Session, now: datetime) -> None:
    message = queued(session, now)
    lease = Lease("tester", now)

    with pytest.raises(WrongState):
        move(session, message, MessageState.SENDING, reason="test", now=now)
    with pytest.raises(WrongState):
        move(session, message, MessageState.CANCELLED, reason="test", now=now, lease=lease)


def test_of_two_who_change_one_message_the_second_is_refused(
    session: Session, now: datetime
) -> None:
    message = queued(session, now)
    # Somebody else was quicker, and this session does not know it yet.
    session.execute(
        update(Message).values(state=MessageState.CANCELLED),
        execution_options={"synchronize_session": False},
    )

    with pytest.raises(WrongState):
        move(session, message, MessageState.TAKEN_BACK, reason="test", now=now)

    assert message.state is MessageState.CANCELLED
    assert len(history(session, message)) == 1


def test_messages_change_together_only_from_one_state(session: Session, now: datetime) -> None:
    both = [queued(session, now), queued(session, now, state=MessageState.WAITING)]

    with pytest.raises(WrongState):
        move_all(session, both, MessageState.CANCELLED, reason="test", now=now)
    move_all(session, [], MessageState.CANCELLED, reason="test", now=now)


def test_sending_counts_attempts_and_a_new_life_counts_anew(
    session: Session, now: datetime
) -> None:
    message = message_in(session, MessageState.FAILED, now)
    assert message.attempts == 1

    go(session, message, MessageState.DUE, now)

    assert message.attempts == 0
    assert message.data_started_at is None


def test_acceptance_is_dated(session: Session, now: datetime) -> None:
    message = message_in(session, MessageState.SENDING, now)
    later = now + timedelta(seconds=3)

    go(session, message, MessageState.ACCEPTED, later)

    assert (message.accepted_at, message.ended_at) == (later, later)
    assert message.data_started_at == now


def test_a_long_reason_is_cut_to_what_the_history_holds(session: Session, now: datetime) -> None:
    message = queued(session, now)

    move(session, message, MessageState.CANCELLED, reason="x" * 500, now=now)

    assert history(session, message)[-1][1] == "x" * 120
