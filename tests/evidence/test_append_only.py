"""Evidence only grows: both databases refuse to change or remove a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from campaign_app import tables
from campaign_app.database import Base, transaction
from campaign_app.delivery.models import MessageEvent, MessageState
from campaign_app.evidence.append_only import EVIDENCE_TABLES, RetentionGate
from campaign_app.evidence.models import AuditEntry, ErasureJournal, RetentionRun
from campaign_app.evidence.wordings import Wording, WordingText
from campaign_app.supporters.models import Basis, Channel, ConsentEvent, ConsentKind, Purpose

Make = Callable[[datetime], list[Base]]
ROWS: dict[str, Make] = {
    "wording": lambda now: [Wording(id=1, name="a", sha256="b", created_at=now)],
    "wording_text": lambda now: [
        Wording(id=1, name="a", sha256="b", created_at=now),
        WordingText(wording_id=1, lang="en", text="words", sha256="c"),
    ],
    "consent_event": lambda now: [
        ConsentEvent(
            subject_id="somebody",
            kind=ConsentKind.GIVEN,
            channel=Channel.EMAIL,
            purpose=Purpose.UPDATES,
            basis=Basis.CONSENT,
            proven=True,
            happened_at=now,
            recorded_at=now,
            lang="en",
            page="a page",
        )
    ],
    "message_event": lambda now: [
        MessageEvent(message_id=1, state=MessageState.DUE, reason="queued", happened_at=now)
    ],
    "audit_entry": lambda now: [
        AuditEntry(
            at=now,
            act="looked",
            object_kind="letter",
            object_id="1",
            details={},
            prev_hash=b"p" * 32,
            entry_hash=b"e" * 32,
        )
    ],
    "retention_run": lambda now: [RetentionRun(rule="a", cutoff=now, ran_at=now, removed=1)],
    "erasure_journal": lambda now: [
        ErasureJournal(email_key=b"k" * 16, erased_at=now, asked_by="person")
    ],
}


@pytest.fixture(params=EVIDENCE_TABLES)
def table(request: pytest.FixtureRequest, session: Session, now: datetime) -> str:
    """An evidence table with one row in it."""
    name: str = request.param
    for row in ROWS[name](now):
        session.add(row)
        session.flush()
    session.commit()
    return name


def count(session: Session, table: str) -> int:
    rows = select(func.count()).select_from(tables.metadata.tables[table])
    return session.scalar(rows) or 0


def test_a_row_cannot_be_changed(session: Session, table: str) -> None:
    column = next(iter(tables.metadata.tables[table].primary_key))

    with pytest.raises(DBAPIError, match="only grows"):
        session.execute(update(column.table).values({column: column}))


def test_a_row_cannot_be_removed(session: Session, table: str) -> None:
    with pytest.raises(DBAPIError, match="only grows"):
        session.execute(delete(tables.metadata.tables[table]))


def test_the_gate_lets_rows_be_removed(session: Session, table: str) -> None:
    with transaction() as inside:
        inside.add(RetentionGate())
        inside.flush()
        inside.execute(delete(tables.metadata.tables[table]))
        inside.execute(delete(RetentionGate))

    assert count(session, table) == 0


def test_the_gate_lets_no_row_be_changed(session: Session, table: str) -> None:
    column = next(iter(tables.metadata.tables[table].primary_key))
    session.add(RetentionGate())
    session.flush()

    with pytest.raises(DBAPIError, match="only grows"):
        session.execute(update(column.table).values({column: column}))


def test_the_triggers_cannot_be_walked_round(session: Session, table: str) -> None:
    """TRUNCATE asks no trigger of rows, nor did INSERT OR REPLACE before recursive_triggers."""
    walk_round = _empty if session.get_bind().dialect.name == "postgresql" else _replace

    with pytest.raises(DBAPIError, match="only grows"):
        walk_round(session, table)


def _empty(session: Session, table: str) -> None:
    session.execute(text(f"TRUNCATE {table} CASCADE"))


def _replace(session: Session, table: str) -> None:
    whole = tables.metadata.tables[table]
    row = dict(session.execute(select(whole)).mappings().one())
    session.execute(insert(whole).prefix_with("OR REPLACE").values(row))


def test_every_evidence_table_is_tried_here() -> None:
    assert set(ROWS) == set(EVIDENCE_TABLES)
