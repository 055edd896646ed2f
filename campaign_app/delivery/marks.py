"""The one change of state that is written in a hurry: a message was accepted.

Each acceptance is committed before the next body leaves, so that the death of a worker leaves
one message in doubt. For service mail that commit does not wait for the disk: it survives the
death of every process, and a power cut may cost the marks of the last moment, which the next
durable commit would have brought to disk. A letter's mark waits for the disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine

from campaign_app.delivery.models import MessageState
from campaign_app.delivery.states import LONGEST_REASON, TRANSITIONS, Lease

if MessageState.ACCEPTED not in TRANSITIONS[MessageState.SENDING]:  # pragma: no cover
    raise AssertionError("a mark writes a transition that the table does not know")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker alone may send until the lease is over."""

    message_id: int
    started_at: datetime
    lease: Lease


class DatabaseGone(Exception):
    """The database went away while a mark was being written."""


Missed = list[tuple[Claimed, str]]


class Marks(Protocol):
    """Writes down acceptances."""

    def accepted(self, claimed: Claimed, reply: str, now: datetime) -> Missed:
        """Hand over one acceptance, to be committed whatever becomes of this process.

        Returns earlier ones that turned out to be no longer this worker's, with their replies.
        """
        ...

    def finish(self) -> Missed:
        """Wait until all are committed; return those that were no longer this worker's."""
        ...


@contextmanager
def marks(engine: Engine, *, durable: bool) -> Iterator[Marks]:
    """Open a connection for marks; ``durable`` ones wait for the disk."""
    with engine.connect() as connection:
        kind = _OnPostgres if engine.dialect.name == "postgresql" else _OnSqlite
        writer = kind(connection)
        writer.begin(durable=durable)
        try:
            yield writer
        finally:
            writer.end()


# One statement is one commit. It is written by hand because building it anew for every mail
# costs more than sending the mail; a test holds it against what ``move`` writes.
_POSTGRES: Final = b"""
WITH marked AS (
  UPDATE message SET state = 'accepted', accepted_at = $4, ended_at = $4,
    last_reply = $5, lease_until = NULL, lease_owner = NULL
  WHERE id = $1 AND state = 'sending' AND lease_owner = $2 AND data_started_at = $3
  RETURNING id)
INSERT INTO message_event (message_id, state, reason, happened_at)
SELECT id, 'accepted', $5, $4 FROM marked
"""
_NAME: Final = b"campaign_mark"


class _OnPostgres:
    """Hands the next mark over while the mail server works, and reads its answer later.

    What the kernel has taken from us reaches the database even when we are killed: so the mark
    is on its way before the next body leaves, and nobody waits for it.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        self.under_way: tuple[Claimed, str] | None = None

    def begin(self, *, durable: bool) -> None:
        self.durable = durable
        if not durable:
            self.connection.exec_driver_sql("SET synchronous_commit = off")
        raw: Any = self.connection.connection.driver_connection
        self.pg = raw.pgconn
        # For one letter, preparing would cost more than it saves.
        if not durable:
            self.pg.prepare(_NAME, _POSTGRES)

    def accepted(self, claimed: Claimed, reply: str, now: datetime) -> Missed:
        missed = self.finish()
        words = reply[:LONGEST_REASON]
        moments = (claimed.started_at.isoformat(), now.isoformat())
        values = (str(claimed.message_id), claimed.lease.owner, *moments, words)
        try:
            self._send([value.encode() for value in values])
            while self.pg.flush():
                pass
        except Exception as error:
            raise self._gone(error) from error
        self.under_way = (claimed, reply)
        return missed

    def finish(self) -> Missed:
        if self.under_way is None:
            return []
        mark, self.under_way = self.under_way, None
        tags = []
        while result := self.pg.get_result():
            if result.error_message:
                raise self._gone(None)
            tags.append(result.command_tuples)
        return [] if tags == [1] else [mark]

    def end(self) -> None:
        # Whatever ended the batch, a connection is only of use without a command under way.
        with suppress(DatabaseGone):
            self.finish()
        if not self.durable and not self.connection.invalidated:
            # The driver may forget every prepared statement at any time, so none is left to it.
            self.connection.exec_driver_sql(f"DEALLOCATE {_NAME.decode()}")
            self.connection.exec_driver_sql("RESET synchronous_commit")

    def _send(self, values: list[bytes]) -> None:
        if self.durable:
            self.pg.send_query_params(_POSTGRES, values)
        else:
            self.pg.send_query_prepared(_NAME, values)

    def _gone(self, error: BaseException | None) -> DatabaseGone:
        self.connection.invalidate(error)
        return DatabaseGone()


_MARK: Final = (
    "UPDATE message SET state = 'accepted', accepted_at = ?, ended_at = ?, last_reply = ?,"
    " lease_until = NULL, lease_owner = NULL"
    " WHERE id = ? AND state = 'sending' AND lease_owner = ? AND data_started_at = ?"
)
_EVENT: Final = (
    "INSERT INTO message_event (message_id, state, reason, happened_at)"
    " VALUES (?, 'accepted', ?, ?)"
)


class _OnSqlite:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def begin(self, *, durable: bool) -> None:
        self.durable = durable
        # The driver itself is asked for each mark: SQLAlchemy would double its cost.
        self.raw: Any = self.connection.connection.driver_connection
        if not durable:
            self._set("NORMAL")

    def accepted(self, claimed: Claimed, reply: str, now: datetime) -> Missed:
        at, started_at = _as_kept(now), _as_kept(claimed.started_at)
        words = reply[:LONGEST_REASON]
        mine = (claimed.message_id, claimed.lease.owner, started_at)
        self.raw.execute("BEGIN IMMEDIATE")
        try:
            marked = self.raw.execute(_MARK, (at, at, words, *mine)).rowcount == 1
            if marked:
                self.raw.execute(_EVENT, (claimed.message_id, words, at))
            self.raw.execute("COMMIT")
        except BaseException:
            self.raw.rollback()
            raise
        return [] if marked else [(claimed, reply)]

    def finish(self) -> Missed:
        return []

    def end(self) -> None:
        if not self.durable and not self.connection.invalidated:
            self._set("FULL")

    def _set(self, synchronous: str) -> None:
        # Outside any transaction, where alone SQLite heeds it.
        self.raw.execute(f"PRAGMA synchronous={synchronous}")


def _as_kept(moment: datetime) -> str:
    """Return a moment as SQLAlchemy keeps it in SQLite."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
