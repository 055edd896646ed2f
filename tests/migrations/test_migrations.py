"""Migrations: up, down and up again with rows in place, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, delete, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from campaign_app import tables
from campaign_app.actions.confirm_letter import confirm
from campaign_app.database import db
from campaign_app.evidence.append_only import EVIDENCE_TABLES, RetentionGate
from campaign_app.letters.models import Letter, LetterState
from campaign_app.supporters.models import ConsentEvent, Permission, Supporter
from tests.databases import running, settings_for
from tests.factories import RULES, news, objection, unconfirmed
from tests.migrations.schema import checks

MIGRATIONS = Path(__file__).parents[2] / "campaign_app" / "migrations"


@pytest.fixture
def blank(blank_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An app whose database has no tables yet."""
    with running(settings_for(blank_database_url, tmp_path)) as app, app.app_context():
        yield app


def revisions() -> list[str]:
    """Every migration, the oldest first."""
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    return [script.revision for script in scripts][::-1]


def fill(session: Session, now: datetime) -> None:
    """Rows in the tables that everything hangs on."""
    choices = [news(session, now), objection(session, now)]
    confirm(session, unconfirmed(session, now, own_words="My words.", choices=choices), RULES, now)
    session.commit()


def rows(connection: Connection) -> dict[str, int]:
    counted = {}
    for table in inspect(connection).get_table_names():
        counted[table] = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    return counted


def test_the_models_are_what_the_migrations_make(blank: Flask) -> None:
    flask_migrate.upgrade()

    with db.engine.connect() as connection:
        options = {"compare_type": True, "render_as_batch": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []


def test_alembic_itself_finds_nothing_to_do(blank: Flask) -> None:
    flask_migrate.upgrade()

    flask_migrate.check()


def test_the_checks_are_those_of_the_models(blank: Flask) -> None:
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        migrated = checks(connection)
    flask_migrate.downgrade(revision="base")

    tables.metadata.create_all(db.engine)

    with db.engine.connect() as connection:
        modelled = checks(connection)
    tables.metadata.drop_all(db.engine)
    assert migrated == modelled


def test_each_migration_goes_up_down_and_up_again(blank: Flask) -> None:
    for revision in revisions():
        flask_migrate.upgrade(revision=revision)
        flask_migrate.downgrade(revision="-1")
        flask_migrate.upgrade(revision=revision)

    with db.engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == revisions()[-1]


def test_rows_survive_the_way_down_to_the_first_migration_and_up_again(
    blank: Flask, now: datetime
) -> None:
    flask_migrate.upgrade()
    fill(db.session(), now)
    db.session.remove()
    with db.engine.connect() as connection:
        before = rows(connection)

    flask_migrate.downgrade(revision=revisions()[0])
    flask_migrate.upgrade()

    with db.engine.connect() as connection:
        assert rows(connection) == before
    letter = db.session.scalars(select(Letter)).one()
    assert letter.state is LetterState.RELEASED
    assert letter.own_words == "My words."
    assert len(db.session.scalars(select(ConsentEvent)).all()) == 6
    assert db.session.scalars(select(Supporter)).one().profiling_objected_at == now
    assert len(db.session.scalars(select(Permission)).all()) == 2


def test_the_way_down_leaves_nothing_behind(blank: Flask, now: datetime) -> None:
    flask_migrate.upgrade()
    fill(db.session(), now)
    db.session.remove()

    flask_migrate.downgrade(revision="base")

    with db.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
        if connection.dialect.name == "postgresql":
            ours = "SELECT count(*) FROM pg_proc WHERE proname = 'only_grows'"
            assert connection.execute(text(ours)).scalar_one() == 0


@pytest.mark.parametrize("again", [False, True])
def test_the_evidence_is_guarded_after_every_way_up(blank: Flask, again: bool) -> None:
    flask_migrate.upgrade()
    if again:
        flask_migrate.downgrade(revision="base")
        flask_migrate.upgrade()

    for name in EVIDENCE_TABLES:
        assert guards(name), name


def test_the_last_migrations_let_no_guard_fall(blank: Flask, now: datetime) -> None:
    flask_migrate.upgrade()
    fill(db.session(), now)
    for table in (ConsentEvent,):
        with pytest.raises(DBAPIError, match="only grows"):
            db.session.execute(delete(table))
        db.session.rollback()

    db.session.execute(insert(RetentionGate).values(id=1))
    db.session.execute(delete(Permission))
    db.session.execute(delete(ConsentEvent).where(ConsentEvent.origin_id.is_not(None)))
    db.session.rollback()


def guards(table: str) -> int:
    """How many triggers an evidence table has."""
    if db.engine.dialect.name == "sqlite":
        found = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
    else:
        found = (
            "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgrelid = CAST(:table AS regclass)"
        )
    with db.engine.connect() as connection:
        return int(connection.execute(text(found), {"table": table}).scalar_one())
