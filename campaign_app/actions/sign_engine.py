"""How the hot path reaches the database: its own connections, or its turn on SQLite."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event

POOL = 10
_quick: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()
_turns: dict[str, Turn] = {}
_making = threading.Lock()


def quick_engine(engine: Engine) -> Engine:
    """Return an engine beside ``engine`` on which each statement commits by itself.

    It asks for no ping and no rollback: one statement is one round trip. A connection that
    died is noticed by that statement, which can be sent again.
    """
    found = _quick.get(engine)
    if found is None:
        with _making:
            found = _quick.get(engine) or _make(engine)
    return found


def _make(engine: Engine) -> Engine:
    quick = create_engine(
        engine.url,
        isolation_level="AUTOCOMMIT",
        pool_size=POOL,
        max_overflow=POOL,
        pool_reset_on_return=None,
    )
    _quick[engine] = quick
    event.listen(quick, "connect", _settle_plans)

    # Whoever closes the app's connections closes these too.
    @event.listens_for(engine, "engine_disposed")
    def _close(_engine: Engine) -> None:
        quick.dispose()

    return quick


def _settle_plans(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own.
    # The same few statements come for ever, and each has one good plan: by index. Planning
    # them anew takes longer than carrying them out.
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("SET jit = off")


@dataclass(slots=True)
class Turn:
    """A queue before SQLite's one writer: threads first, then processes.

    SQLite itself lets writers poll, so that an unlucky one waits very long. ``path`` is a
    file that only serves to be locked; None for a database of one process.
    """

    path: str | None
    lock: threading.Lock = field(default_factory=threading.Lock)
    file: int | None = None
    owner: int = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for one's turn, and give it back at the end."""
        with self.lock:
            file = self._file()
            if file is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if file is not None:
                    fcntl.flock(file, fcntl.LOCK_UN)

    def _file(self) -> int | None:
        # A file opened before a fork would be locked for parent and child together.
        if self.path is not None and self.owner != os.getpid():
            self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self.owner = os.getpid()
        return self.file


def turn(engine: Engine) -> Turn:
    """Return the queue of a SQLite database."""
    database = engine.url.database or ""
    path = f"{database}.turn" if database and ":memory:" not in database else None
    return _turns.setdefault(database, Turn(path))


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one short transaction of the hot path outside any session, on either database."""
    if engine.dialect.name != "sqlite":
        with quick_engine(engine).connect() as connection:
            yield connection
        return
    writer: Any = engine.execution_options(campaign_writes=True)
    with turn(engine).taken(), writer.begin() as connection:
        yield connection
