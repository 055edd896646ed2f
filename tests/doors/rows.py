"""What is in the database, so that a test can say that nothing changed."""

from __future__ import annotations

import hashlib

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.tables import metadata

#: What may be written before Send: what a source said about a postcode, and no person.
BEFORE_SEND = frozenset({"postcode_answer"})


def counts(session: Session) -> dict[str, int]:
    """How many rows each table has, but for those that may be written before Send."""
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in metadata.sorted_tables
        if table.name not in BEFORE_SEND
    }


def picture(session: Session) -> dict[str, str]:
    """A hash of everything in each table."""
    return {
        table.name: hashlib.sha256(
            repr(sorted(map(repr, session.execute(select(table)).all()))).encode()
        ).hexdigest()
        for table in metadata.sorted_tables
    }
