"""Commands that run the platform: serve, worker, upgrade."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import timedelta
from types import FrameType
from typing import Any

import click
import flask_migrate
from flask import current_app, render_template
from flask.cli import with_appcontext
from flask_babel import force_locale

from campaign_app import clock, tasks
from campaign_app.database import db, transaction
from campaign_app.delivery import worker as embedded
from campaign_app.errors import SettingsRefused
from campaign_app.settings import Settings
from campaign_app.vault import keys
from campaign_app.vault.models import check_keys

IDLE = timedelta(milliseconds=500)


def settings() -> Settings:
    """Return the settings of the app that is running."""
    found: Settings = current_app.extensions["campaign_settings"]
    return found


def gunicorn_command(port: int, host: str = "127.0.0.1") -> list[str]:
    """Return the command that serves the app: two processes of eight threads.

    Requests are logged by us, by endpoint: gunicorn's own log would hold paths with tokens.
    """
    return [
        sys.executable, "-m", "gunicorn", "campaign_app:create_app()",
        "--bind", f"{host}:{port}",
        "--workers", "2",
        "--worker-class", "gthread",
        "--threads", "8",
        "--log-level", "warning",
    ]  # fmt: skip


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=None, type=int, help="Port; default $PORT or 8000.")
@with_appcontext
def serve(host: str, port: int | None) -> None:
    """Serve the pages."""
    start_up_checks()
    command = gunicorn_command(port or int(os.environ.get("PORT", "8000")), host)
    os.execv(command[0], command)  # noqa: S606 - our own interpreter and arguments.


@click.command()
@with_appcontext
def worker() -> None:
    """Send messages and run the timed tasks until told to stop."""
    start_up_checks()
    stop = threading.Event()

    def told(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
    clockwork = tasks.Clockwork(tasks.line(settings(), render))
    try:
        embedded.run(clockwork.once, stop, IDLE)
    finally:
        clockwork.line.mailer.close()


@click.command()
@with_appcontext
def upgrade() -> None:
    """Bring the database's tables up to date."""
    flask_migrate.upgrade()
    click.echo("The database is up to date.")


def render(template: str, lang: str, facts: dict[str, Any]) -> str:
    """Return a service mail's text in a language; its first line is the subject."""
    with current_app.test_request_context(), force_locale("cy" if lang == "cy" else "en_GB"):
        return render_template(f"email/{template}.txt", **facts)


def start_up_checks() -> None:
    """Refuse to start on wrong keys, or on a PostgreSQL that may lose what it acknowledged."""
    with transaction() as session:
        check_keys(session, keys.current(), clock.now())
    if db.engine.dialect.name == "postgresql":
        durable = db.session.scalar(db.text("show synchronous_commit"))
        db.session.rollback()
        if durable == "off":
            raise SettingsRefused(
                "PostgreSQL runs with synchronous_commit=off, so it may lose what it confirmed.",
                "Set synchronous_commit to on for this database and start again.",
            )
