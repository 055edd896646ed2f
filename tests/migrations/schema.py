"""What a database holds, told so that two of them can be compared."""

from __future__ import annotations

import re

from sqlalchemy import Connection, inspect

SPACES = re.compile(r"\s+")


def checks(connection: Connection) -> dict[str, dict[str, str]]:
    """Every CHECK by table and name; Alembic itself does not compare them."""
    inspector = inspect(connection)
    return {
        table: {
            str(check["name"]): _plain(check["sqltext"])
            for check in inspector.get_check_constraints(table)
        }
        for table in sorted(inspector.get_table_names())
        if table != "alembic_version"
    }


def _plain(text: str) -> str:
    return SPACES.sub(" ", text).strip()
