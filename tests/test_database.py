"""The database: times in UTC, one transaction for each act, writers that wait."""

from __future__ import annotations

import enum
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from campaign_app.database import one_of, transaction, unless_there
from campaign_app.delivery.models import QueuePause
from tests.together import two_at_once

WRITERS = 8


def pause(now: datetime, stream: str = "letters") -> QueuePause:
    return QueuePause(stream=stream, since=now, reason="a test")


def pauses(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(QueuePause)) or 0


def test_a_moment_comes_back_in_utc(session: Session) -> None:
    in_paris = datetime(2026, 7, 1, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
    session.add(pause(in_paris))
    session.commit()
    session.expire_all()

    found = session.scalars(select(QueuePause.since)).one()

    assert found == in_paris
    assert found.tzinfo is UTC


def test_a_moment_is_found_by_the_same_moment_of_another_zone(session: Session) -> None:
    in_paris = datetime(2026, 7, 1, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    session.add(pause(in_paris))
    session.flush()

    found = session.scalar(select(QueuePause).where(QueuePause.since == in_paris.astimezone(UTC)))

    assert found is not None


def test_a_time_without_a_zone_is_refused(session: Session) -> None:
    session.add(pause(datetime(2026, 7, 1, 9, 30)))  # noqa: DTZ001 - what is refused here.

    with pytest.raises(StatementError, match="without a zone"):
        session.flush()


def test_a_closed_list_holds_in_the_database(session: Session, now: datetime) -> None:
    with pytest.raises(IntegrityError):
        session.execute(
            text(
                "INSERT INTO suppression (key, channel, reason, since)"
                " VALUES (:key, 'pigeon', 'a test', :now)"
            ),
            {"key": b"k" * 16, "now": now.isoformat()},
        )


def test_a_closed_list_is_kept_by_its_values() -> None:
    class Colour(enum.Enum):
        RED = "red"

    assert one_of(Colour, "colour").enums == ["red"]


def test_a_transaction_commits_at_its_end(session: Session, now: datetime) -> None:
    with transaction() as inside:
        inside.add(pause(now))

    session.rollback()
    assert pauses(session) == 1


def test_a_transaction_rolls_everything_back_on_any_error(session: Session, now: datetime) -> None:
    def fail() -> None:
        with transaction() as inside:
            inside.add(pause(now))
            inside.flush()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()

    assert pauses(session) == 0


def test_a_transaction_after_a_failed_one_starts_afresh(session: Session, now: datetime) -> None:
    session.add_all([pause(now), pause(now)])
    with pytest.raises(IntegrityError):
        session.flush()

    with transaction() as inside:
        inside.add(pause(now))

    assert pauses(session) == 1


def test_a_transaction_inside_another_is_refused(session: Session, now: datetime) -> None:
    with transaction() as outer:
        outer.add(pause(now))
        with pytest.raises(RuntimeError, match="open already"), transaction():
            pass

    assert pauses(session) == 1


def test_a_reader_s_stale_view_is_let_go(app: Flask, session: Session, now: datetime) -> None:
    session.add(pause(now))
    session.commit()
    stale = session.scalars(select(QueuePause)).one()

    def change() -> None:
        with app.app_context(), transaction() as other:
            other.scalars(select(QueuePause)).one().reason = "changed meanwhile"

    with ThreadPoolExecutor(1) as pool:
        pool.submit(change).result()

    with transaction():
        assert stale.reason == "changed meanwhile"


def test_a_reader_who_then_writes_waits_for_other_writers(
    app: Flask, session: Session, now: datetime
) -> None:
    pauses(session)

    with two_at_once(app, lambda other: other.add(pause(now, "bulk"))) as (first, _):
        first.add(pause(now, "letters"))

    assert pauses(session) == 2


def test_many_writers_wait_for_each_other(app: Flask, session: Session, now: datetime) -> None:
    def write(number: int) -> None:
        with app.app_context(), transaction() as one:
            before = pauses(one)
            one.add(pause(now, f"stream {number}"))
            one.flush()
            assert pauses(one) == before + 1 or one.get_bind().dialect.name == "postgresql"

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(5 * WRITERS)))

    assert pauses(session) == 5 * WRITERS


def test_rows_that_may_be_there_undo_nothing_else(session: Session, now: datetime) -> None:
    with transaction() as inside:
        inside.add(pause(now))
        with pytest.raises(IntegrityError), unless_there(inside):
            inside.add(pause(now))
        inside.add(pause(now, "bulk"))

    assert pauses(session) == 2


def test_sqlite_keeps_what_it_said_and_erases_what_it_deletes(session: Session) -> None:
    if session.get_bind().dialect.name != "sqlite":
        return
    kept = {
        name: session.execute(text(f"PRAGMA {name}")).scalar_one()
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    }

    assert kept == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
