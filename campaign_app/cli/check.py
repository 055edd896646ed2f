"""``campaign check``: is everything as it should be, and what to do where it is not."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import click
from alembic.runtime.migration import MigrationContext
from flask.cli import with_appcontext
from sqlalchemy import func, select

from campaign_app import clock
from campaign_app.cli.running import settings
from campaign_app.database import db
from campaign_app.delivery.models import Message, MessageState
from campaign_app.delivery.outbox import due_count
from campaign_app.errors import CampaignError
from campaign_app.letters.proof import proof_all
from campaign_app.places.models import DataSource
from campaign_app.vault import keys
from campaign_app.vault.models import check_keys
from campaign_app.web import assets


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is well, and words about it."""

    subject: str
    well: bool
    words: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@with_appcontext
def check(as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name.
    """Look at settings, database, keys, letters, sources and the queue."""
    findings = [finding for look in LOOKS for finding in look()]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.well else 'WRONG'} {finding.subject}: {finding.words}")
    sys.exit(0 if all(finding.well for finding in findings) else 1)


def _mode() -> Iterator[Finding]:
    found = settings()
    yield Finding("settings", well=True, words=f"{found.mode} at {found.base_url}")


def _database() -> Iterator[Finding]:
    revision = MigrationContext.configure(db.session.connection()).get_current_revision()
    words = f"{db.engine.dialect.name}, migration {revision or 'none: run campaign upgrade'}"
    yield Finding("database", well=revision is not None, words=words)


def _keys() -> Iterator[Finding]:
    try:
        check_keys(db.session(), keys.current(), clock.now())
        yield Finding("keys", well=True, words="the keys that this database was made with")
    except CampaignError as error:
        yield Finding("keys", well=False, words=error.message)
    finally:
        db.session.rollback()


def _letters() -> Iterator[Finding]:
    faults = proof_all(assets("letters"))
    words = f"{len(faults)} faults; see campaign letters check" if faults else "all proofs clean"
    yield Finding("letters", well=not faults, words=words)


def _sources() -> Iterator[Finding]:
    for source in db.session.scalars(select(DataSource).order_by(DataSource.name)):
        words = f"as of {clock.in_words(source.as_of)}, {source.rows} rows"
        yield Finding(source.name, well=True, words=words)


def _queue() -> Iterator[Finding]:
    waiting = due_count(db.session(), clock.now())
    failed = db.session.scalar(
        select(func.count()).select_from(Message).where(Message.state == MessageState.FAILED)
    )
    words = f"{waiting} messages are due, {failed} failed"
    yield Finding("queue", well=True, words=words)


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _mode,
    _database,
    _keys,
    _letters,
    _sources,
    _queue,
)
