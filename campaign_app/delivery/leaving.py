"""Which messages should be leaving, in order, found by their index on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnClause,
    ColumnElement,
    Select,
    bindparam,
    select,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType

from campaign_app.database import UTCDateTime
from campaign_app.delivery.models import WAITING, Message, Stream


class _Waiting(ColumnClause[Any]):
    """The condition of the partial index ix_message_leaving, as each database recognises it."""

    inherit_cache = True


@compiles(_Waiting)
def _as_it_stands(_element: _Waiting, _compiler: SQLCompiler, **_options: object) -> str:
    return WAITING.text


@compiles(_Waiting, "sqlite")
def _called_likely(_element: _Waiting, _compiler: SQLCompiler, **_options: object) -> str:
    # SQLite uses a partial index only when its condition is repeated word for word. Without
    # likely() it would find the rows by their state instead, and sort the whole queue each time.
    return f"likely({WAITING.text})"


# As a Boolean, it would be compared with 1 on SQLite and no longer be recognised.
_WAITING: Final = _Waiting("waiting", NullType())


def is_waiting() -> ColumnElement[Any]:
    """Return the condition of messages that have yet to leave and may: waiting or due."""
    return _WAITING


def due_in(stream: Stream, now: datetime | BindParameter[datetime]) -> Select[Message]:
    """Return the question for a stream's messages that should leave, due longest first."""
    return (
        select(Message)
        .where(_WAITING, Message.stream == stream, Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
    )


class Head(NamedTuple):
    """The first message of a stream: since when it should be leaving, and its id."""

    due_at: datetime
    message_id: int
    stream: Stream


_HEADS: Final = union_all(
    *(
        select(
            due_in(stream, bindparam("now", type_=UTCDateTime()))
            .with_only_columns(Message.due_at, Message.id, Message.stream)
            .limit(1)
            .subquery()
        )
        for stream in Stream
    )
)


def first_due(session: Session, now: datetime) -> list[Head]:
    """Return the first message that should be leaving of each stream that has one."""
    return [Head(*row) for row in session.execute(_HEADS, {"now": now})]
