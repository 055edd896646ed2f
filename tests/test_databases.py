"""Every test finds both databases as the migrations left them, and shares nothing else."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import create_engine, func, inspect, select
from sqlalchemy.orm import Session

from campaign_app.database import transaction
from campaign_app.evidence.models import AuditEntry
from campaign_app.supporters.models import Supporter
from campaign_app.tables import metadata
from tests.visitors import UncommittedWork

# Twenty milliseconds is the aim; a busy machine gets some patience.
FAST_ENOUGH = 0.1


def supporter(now: datetime) -> Supporter:
    return Supporter(subject_id="s" * 22, created_at=now)


def audit_entry(now: datetime) -> AuditEntry:
    hashes = {"prev_hash": b"0" * 32, "entry_hash": b"1" * 32}
    return AuditEntry(at=now, act="look", object_kind="x", object_id="1", details={}, **hashes)


def rows(session: Session) -> int:
    counts = (select(func.count()).select_from(table) for table in metadata.sorted_tables)
    return sum(session.scalar(count) or 0 for count in counts)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_one_test_wrote_the_next_does_not_find(
    session: Session, now: datetime, turn: str
) -> None:
    found = rows(session)

    session.add_all([supporter(now), audit_entry(now)])
    session.commit()

    assert (turn, found) == (turn, 0)
    assert session.scalars(select(Supporter.id)).all() == [1]


def test_a_clean_database_is_quick(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> None:
    began = time.perf_counter()

    if database_url.startswith("postgresql"):
        request.getfixturevalue("pristine_database").cleaned()
    else:
        request.getfixturevalue("pristine_file").copied_to(tmp_path)

    assert time.perf_counter() - began < FAST_ENOUGH


def test_a_blank_database_has_no_tables(blank_database_url: str) -> None:
    engine = create_engine(blank_database_url)

    found = inspect(engine).get_table_names()
    engine.dispose()

    assert found == []


def test_a_request_sees_what_was_committed_and_nothing_else(
    app: Flask, client: FlaskClient, session: Session, now: datetime
) -> None:
    @app.get("/count-for-this-test")
    def count() -> str:
        g.left_behind = True
        with transaction() as inner:
            inner.add(supporter(now))
        return str(inner is session)

    before = rows(session)
    answer = client.get("/count-for-this-test")

    assert answer.text == "False"
    assert (before, rows(session)) == (0, 1)
    assert "left_behind" not in g


def test_changes_that_a_request_could_not_see_are_pointed_out(
    client: FlaskClient, session: Session, now: datetime
) -> None:
    session.add(supporter(now))

    with pytest.raises(UncommittedWork, match="Commit in the test"):
        client.get("/")


def test_the_moment_of_the_tests_has_a_zone(now: datetime) -> None:
    assert now.isoformat() == "2026-11-20T09:00:00+00:00"
