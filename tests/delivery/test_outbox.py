"""What acts do with messages before they leave."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from campaign_app.delivery import outbox
from campaign_app.delivery.models import MessageState, Stream
from campaign_app.delivery.states import Lease, move
from campaign_app.errors import WrongState
from tests.delivery.lines import DOMAIN, fresh, history, queued

SOON = timedelta(minutes=30)


def test_a_queued_message_has_an_id_of_its_own_for_all_attempts(
    session: Session, now: datetime
) -> None:
    one = queued(session, now, recipe={"letter": 1}, needs_channel="email")
    two = queued(session, now)

    assert one.mail_id == f"{one.public_id}@{DOMAIN}"
    assert one.mail_id != two.mail_id
    assert (one.recipe, two.recipe) == ({"letter": 1}, {})
    assert history(session, one) == [(MessageState.DUE, "queued")]


def test_queueing_never_commits(session: Session, now: datetime) -> None:
    outbox.queue(
        session,
        kind="test",
        stream=Stream.SERVICE,
        state=MessageState.DUE,
        due_at=now,
        now=now,
        mail_domain=DOMAIN,
    )

    session.rollback()

    assert outbox.due_count(session, now) == 0


@pytest.mark.parametrize("state", [MessageState.SENDING, MessageState.ACCEPTED])
def test_a_message_cannot_begin_in_the_middle(
    session: Session, now: datetime, state: MessageState
) -> None:
    with pytest.raises(WrongState):
        queued(session, now, state=state)


def test_a_released_message_waits_and_one_without_wait_is_due(
    session: Session, now: datetime
) -> None:
    waiting = queued(session, now, state=MessageState.HELD)
    at_once = queued(session, now, state=MessageState.HELD)

    outbox.release(session, waiting, now + SOON, now)
    outbox.release(session, at_once, now, now)
    session.commit()

    assert (waiting.state, waiting.due_at) == (MessageState.WAITING, now + SOON)
    assert at_once.state is MessageState.DUE
    with pytest.raises(WrongState):
        outbox.release(session, waiting, now, now)


def test_a_mended_address_holds_a_waiting_message_again(session: Session, now: datetime) -> None:
    message = queued(session, now, state=MessageState.WAITING)

    outbox.hold(session, message, reason="address mended", now=now)

    assert message.state is MessageState.HELD


@pytest.mark.parametrize("state", sorted(outbox.FIRST_STATES))
def test_what_has_not_left_can_be_taken_back(
    session: Session, now: datetime, state: MessageState
) -> None:
    message = queued(session, now, state=state)

    outbox.take_back(session, message, now=now)
    session.commit()

    assert fresh(session, message).state is MessageState.TAKEN_BACK
    with pytest.raises(WrongState):
        outbox.take_back(session, message, now=now)


def test_what_is_on_its_way_cannot_be_taken_back(session: Session, now: datetime) -> None:
    message = queued(session, now)
    move(session, message, MessageState.SENDING, reason="t", now=now, lease=Lease("t", now))

    with pytest.raises(outbox.AlreadyLeft):
        outbox.take_back(session, message, now=now)


def test_cancelling_and_expiring_end_a_message(session: Session, now: datetime) -> None:
    cancelled = queued(session, now)
    expired = queued(session, now, state=MessageState.HELD)

    outbox.cancel(session, cancelled, reason="seat is vacant", now=now)
    outbox.expire(session, expired, reason="never confirmed", now=now)
    session.commit()

    assert (cancelled.state, cancelled.ended_at) == (MessageState.CANCELLED, now)
    assert (expired.state, expired.ended_at) == (MessageState.EXPIRED, now)


def test_only_what_should_be_leaving_now_is_counted(session: Session, now: datetime) -> None:
    queued(session, now)
    queued(session, now, state=MessageState.WAITING)
    queued(session, now, state=MessageState.WAITING, due_at=now + SOON)
    queued(session, now, state=MessageState.HELD)

    assert outbox.due_count(session, now) == 2


def test_a_letter_without_messages_has_none(session: Session, now: datetime) -> None:
    queued(session, now)

    assert list(outbox.of_letter(session, 1)) == []
    assert list(outbox.of_letter(session, 1, kind="letter")) == []
