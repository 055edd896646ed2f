"""The database: our base class for tables, times in UTC, and one transaction per act."""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Connection, DateTime, Dialect, Engine, Enum, Integer, MetaData
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_OPEN = "campaign_transaction_open"

# SQLite only counts up by itself on INTEGER keys, so big keys are INTEGER there.
BigKey = BigInteger().with_variant(Integer(), "sqlite")


class UTCDateTime(TypeDecorator[datetime]):
    """A moment, kept in UTC; a time without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC for the database; raises ValueError without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a time without a zone cannot be stored"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC from the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def one_of(values: type[enum.Enum], name: str) -> Enum:
    """Return a column type for a closed list: a short string with a named CHECK."""
    return Enum(
        values,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=24,
        values_callable=lambda members: [str(member.value) for member in members],
    )


class Base(DeclarativeBase):
    """The base of every table."""

    # Metadata and registry are given by hand because Flask-SQLAlchemy builds its own
    # base from this one's attributes; given so, both share one set of tables.
    metadata = MetaData(naming_convention=NAMING)
    registry = registry(metadata=metadata, type_annotation_map={datetime: UTCDateTime()})


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def engine_options(url: str) -> dict[str, Any]:
    """Return the engine's options: SQLite leaves transactions to us, see ``_begin``.

    Errors of the database never name the values of a statement: they are people's.
    """
    if url.startswith("sqlite"):
        own: dict[str, Any] = {"connect_args": {"isolation_level": None, "timeout": 30}}
    else:
        own = {"pool_size": 10, "max_overflow": 10, "pool_pre_ping": True}
    return {"hide_parameters": True, **own}


def prepare_engine(engine: Engine) -> None:
    """Give SQLite connections our rules; PostgreSQL needs none of them."""
    if engine.dialect.name == "sqlite":
        sqlalchemy_event.listen(engine, "connect", _prepare_sqlite)
        sqlalchemy_event.listen(engine, "begin", _begin)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "secure_delete=ON",
        # Else INSERT OR REPLACE would remove a row without asking the triggers of evidence.
        "recursive_triggers=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: a reader that becomes a writer half way
    # would fail with "database is locked" instead of waiting its turn.
    writing = connection.get_execution_options().get("campaign_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the one transaction of an act; commit at the end, roll back on any error.

    Whatever the session read before is let go first, so that the act decides on what
    is true now. No network call belongs inside. Raises RuntimeError inside another
    transaction, whose work it would throw away.
    """
    session = db.session()
    if session.info.get(_OPEN):
        msg = "a transaction is open already, and an act has only one"
        raise RuntimeError(msg)
    session.rollback()
    session.info[_OPEN] = True
    try:
        session.connection(execution_options={"campaign_writes": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info[_OPEN] = False


@contextmanager
def unless_there(session: Session) -> Iterator[None]:
    """Try to add rows that somebody else may be adding too; use it inside a transaction.

    IntegrityError then undoes only what was done in here, and the caller looks again.
    """
    with session.begin_nested():
        yield
        session.flush()
