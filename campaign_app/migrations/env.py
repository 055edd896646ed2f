"""How Alembic reaches the database: through the app's own engine."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from campaign_app.database import UTCDateTime, db
from campaign_app.tables import metadata
from campaign_app.vault.sealing import Sealed


def _as_plain_type(kind: str, item: object, _context: object) -> str | bool:
    """Write our own column types as the plain ones beneath: a migration must not move."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Sealed):
        return "sa.LargeBinary()"
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=_as_plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


with current_app.app_context(), db.engine.connect() as connection:
    # SQLite cannot rebuild a table that others point to while keys are enforced; the
    # setting has no effect inside a transaction, so it stands before it.
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
    _run(connection)
    connection.commit()
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]
