"""The acceptance that is written in a hurry is what the table of transitions would write."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaign_app.database import db, transaction
from campaign_app.delivery.claiming import claim
from campaign_app.delivery.marks import Claimed, marks
from campaign_app.delivery.models import Message, MessageEvent, MessageState
from campaign_app.delivery.states import Lease, move
from tests.delivery.lines import fresh, queued

SECOND = timedelta(seconds=1)
REPLY = "250 2.0.0"


def claimed(now: datetime) -> Claimed:
    with transaction() as session:
        [message] = claim(session, owner="one", now=now, limit=1)
        assert message.lease_until is not None
        return Claimed(message.id, now, Lease("one", message.lease_until))


def row(session: Session, message: Message) -> dict[str, object]:
    found = fresh(session, message)
    return {
        column.name: getattr(found, column.name)
        for column in Message.__table__.columns
        if column.name not in {"id", "public_id", "mail_id"}
    }


def events(session: Session, message: Message) -> list[tuple[object, ...]]:
    found = select(MessageEvent.state, MessageEvent.reason, MessageEvent.happened_at)
    return [
        tuple(one) for one in session.execute(found.where(MessageEvent.message_id == message.id))
    ]


@pytest.mark.parametrize("durable", [True, False])
def test_a_mark_writes_what_a_move_writes(session: Session, now: datetime, durable: bool) -> None:
    hurried, slow = queued(session, now), queued(session, now)
    mine, _ = claimed(now), claimed(now)

    with marks(db.engine, durable=durable) as mark:
        assert mark.accepted(mine, REPLY, now + SECOND) == []
        assert mark.finish() == []
    with transaction() as writing:
        other = writing.get_one(Message, slow.id)
        other.last_reply = REPLY
        move(writing, other, MessageState.ACCEPTED, reason=REPLY, now=now + SECOND)

    assert row(session, hurried) == row(session, slow)
    assert events(session, hurried) == events(session, slow)


@pytest.mark.parametrize("change", ["owner", "started_at", "state"])
def test_what_is_no_longer_ours_is_not_marked(session: Session, now: datetime, change: str) -> None:
    message = queued(session, now)
    mine = claimed(now)
    if change == "owner":
        mine = replace(mine, lease=Lease("two", mine.lease.until))
    elif change == "started_at":
        mine = replace(mine, started_at=now + SECOND)
    else:
        with transaction() as writing:
            row_ = writing.get_one(Message, message.id)
            move(writing, row_, MessageState.DUE, reason="lost", now=now)
    before = events(session, message)

    with marks(db.engine, durable=False) as mark:
        assert mark.accepted(mine, REPLY, now) + mark.finish() == [(mine, REPLY)]

    assert fresh(session, message).state is not MessageState.ACCEPTED
    assert events(session, message) == before


def test_marks_leave_the_connection_as_durable_as_it_was(session: Session, now: datetime) -> None:
    queued(session, now)
    on_sqlite = db.engine.dialect.name == "sqlite"
    asked = text("PRAGMA synchronous") if on_sqlite else text("SHOW synchronous_commit")

    def settings() -> list[object]:
        with db.engine.connect() as one, db.engine.connect() as two:
            return [connection.scalar(asked) for connection in (one, two)]

    before = settings()
    with marks(db.engine, durable=False) as mark:
        mark.accepted(claimed(now), REPLY, now)
        mark.finish()

    assert settings() == before


def test_marks_do_not_rely_on_what_the_driver_may_forget(session: Session, now: datetime) -> None:
    messages = [queued(session, now) for _ in range(2)]

    for _ in messages:
        with marks(db.engine, durable=False) as mark:
            assert mark.accepted(claimed(now), REPLY, now) + mark.finish() == []
        with db.engine.connect() as connection:
            if db.engine.dialect.name == "postgresql":
                connection.exec_driver_sql("DEALLOCATE ALL")

    states = {fresh(session, message).state for message in messages}
    assert states == {MessageState.ACCEPTED}


def test_a_batch_that_ends_amid_a_mark_leaves_a_good_connection(
    session: Session, now: datetime
) -> None:
    message = queued(session, now)

    def batch() -> None:
        with marks(db.engine, durable=False) as mark:
            mark.accepted(claimed(now), REPLY, now)
            raise KeyError

    with pytest.raises(KeyError):
        batch()

    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    assert fresh(session, message).state is MessageState.ACCEPTED
