"""Append-only tables: the database itself refuses to change or remove evidence.

The one way round is the retention gate: a row in ``retention_gate`` that the retention
function writes and removes within its own transaction, so that no other connection
ever sees it open.
"""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base

EVIDENCE_TABLES = (
    "wording",
    "wording_text",
    "consent_event",
    "message_event",
    "audit_entry",
    "retention_run",
    "erasure_journal",
)


class RetentionGate(Base):
    """Open while the retention function removes old evidence; otherwise empty."""

    __tablename__ = "retention_gate"

    id: Mapped[int] = mapped_column(primary_key=True)


_SQLITE = """
CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table} {when}
BEGIN SELECT RAISE(ABORT, '{table} only grows'); END
"""

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM retention_gate) THEN RETURN OLD; END IF;
  RAISE EXCEPTION '% only grows', TG_TABLE_NAME;
END $$
"""

_POSTGRES = """
CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION only_grows()
"""

# Emptying a table at once asks no trigger of its rows.
_POSTGRES_WHOLE = """
CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION only_grows()
"""


def protect(connection: Connection, tables: tuple[str, ...] = EVIDENCE_TABLES) -> None:
    """Put the triggers on; migrations call this once for each new evidence table."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(_POSTGRES_FUNCTION))
    for table in tables:
        for statement in _statements(connection.dialect.name, table):
            connection.execute(text(statement))


def _statements(dialect: str, table: str) -> tuple[str, ...]:
    if dialect == "postgresql":
        return (_POSTGRES.format(table=table), _POSTGRES_WHOLE.format(table=table))
    gate = "WHEN NOT EXISTS (SELECT 1 FROM retention_gate)"
    return (
        _SQLITE.format(table=table, act="UPDATE", when=""),
        _SQLITE.format(table=table, act="DELETE", when=gate),
    )


def unprotect(connection: Connection, tables: tuple[str, ...] = EVIDENCE_TABLES) -> None:
    """Take the triggers off again, for a migration that goes down."""
    for table in tables:
        if connection.dialect.name == "postgresql":
            for name in ("only_grows", "is_not_emptied"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}"))
        else:
            for act in ("UPDATE", "DELETE"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{act}"))
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP FUNCTION IF EXISTS only_grows()"))
