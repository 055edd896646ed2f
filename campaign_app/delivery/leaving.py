"""Which messages should be leaving, in order, found by their index on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType

from campaign_app.delivery.models import ACTIVE, Message, MessageState


class _Active(ColumnElement[Any]):
    """The condition of the partial index ix_message_due, as each database recognises it."""

    inherit_cache = True
    # As a Boolean, it would be compared with 1 on SQLite and no longer be recognised.
    type = NullType()


@compiles(_Active)
def _as_it_stands(_element: _Active, _compiler: SQLCompiler, **_options: object) -> str:
    return ACTIVE.text


@compiles(_Active, "sqlite")
def _called_likely(_element: _Active, _compiler: SQLCompiler, **_options: object) -> str:
    # SQLite uses a partial index only when its condition is repeated word for word. Without
    # likely() it would find the rows by their state instead, and sort the whole queue each time.
    return f"likely({ACTIVE.text})"


def due_by(now: datetime) -> Select[Message]:
    """Return the question for messages that should leave, the one that is due longest first.

    Waiting messages whose time has come are among them; those being sent are not.
    """
    return (
        select(Message)
        .where(_Active(), Message.state != MessageState.SENDING, Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
    )
