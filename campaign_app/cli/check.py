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
from sqlalchemy.exc import SQLAlchemyError

from campaign_app import clock
from campaign_app.cli.mail import dns_findings
from campaign_app.cli.running import settings
from campaign_app.database import db
from campaign_app.delivery.models import Message, MessageState
from campaign_app.delivery.outbox import due_count
from campaign_app.errors import CampaignError
from campaign_app.letters.proof import proof_all
from campaign_app.places.freshness import Verdict, freshness
from campaign_app.places.imported.mapped import verified
from campaign_app.places.imported.source import ImportedDirectory
from campaign_app.settings import Mode
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
    findings = [finding for look in LOOKS for finding in _found(look)]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.well else 'WRONG'} {finding.subject}: {finding.words}")
    sys.exit(0 if all(finding.well for finding in findings) else 1)


def _found(look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except SQLAlchemyError:
        db.session.rollback()
        words = "cannot be read: check CAMPAIGN_DATABASE_URL and run campaign upgrade"
        return [Finding(look.__name__.strip("_"), well=False, words=words)]


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
    directory = ImportedDirectory(settings().places_directory)
    for age in freshness(db.session(), directory, clock.now()):
        when = clock.in_words(age.as_of) if age.as_of else "unknown"
        words = f"as of {when}, {age.verdict}"
        if age.verdict is not Verdict.FRESH:
            words += f". {age.limit.reason}"
        yield Finding(age.name, well=age.verdict is not Verdict.ERROR, words=words)


def _directory() -> Iterator[Finding]:
    """Read the imported directory whole, which takes too long for each start."""
    try:
        about = verified(settings().places_directory)
    except FileNotFoundError:
        return
    except CampaignError as error:
        yield Finding("postcode directory's file", well=False, words=error.message)
    else:
        words = f"whole, edition of {clock.in_words(about.edition)}"
        yield Finding("postcode directory's file", well=True, words=words)


def _name_servers() -> Iterator[Finding]:
    """Ask about the mail domain, where mail is real."""
    if settings().mode is Mode.PRODUCTION:
        for found in dns_findings():
            yield Finding(found.subject, well=found.well, words=found.words)


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
    _directory,
    _name_servers,
    _queue,
)
