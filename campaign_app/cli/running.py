"""Commands that run the platform: serve, worker, upgrade."""

from __future__ import annotations

import logging
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
from sqlalchemy.exc import IntegrityError

from campaign_app import clock, tasks
from campaign_app.database import db, transaction
from campaign_app.delivery import worker as embedded
from campaign_app.errors import SettingsRefused
from campaign_app.settings import Settings
from campaign_app.vault import keys
from campaign_app.vault.models import check_keys

IDLE = timedelta(milliseconds=500)
#: How long a server that was told to stop goes on with the answers that it has begun.
LAST_ANSWERS = timedelta(seconds=3)
HIGHEST_PORT = 65535
PORTS = click.IntRange(0, HIGHEST_PORT)

log = logging.getLogger(__name__)


def settings() -> Settings:
    """Return the settings of the app that is running."""
    found: Settings = current_app.extensions["campaign_settings"]
    return found


def gunicorn_command(port: int, host: str = "127.0.0.1") -> list[str]:
    """Return the command that serves the app: two processes of eight threads.

    Requests are logged by us, by endpoint: gunicorn's own log would hold paths with tokens.
    """
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        sys.executable, "-m", "gunicorn", "campaign_app:create_app()",
        "--bind", bind,
        "--workers", "2",
        "--worker-class", "gthread",
        "--threads", "8",
        "--graceful-timeout", str(LAST_ANSWERS.seconds),
        "--log-level", "warning",
        "--logger-class", "campaign_app.cli.server_log.ServerLog",
    ]  # fmt: skip


def chosen_port() -> int:
    """Return the port that PORT names, or 8000; raises SettingsRefused when it is no port."""
    value = os.environ.get("PORT") or "8000"
    if not (value.isascii() and value.isdecimal() and int(value) <= HIGHEST_PORT):
        raise SettingsRefused("PORT must be a number up to 65535.", "Set PORT and start again.")
    return int(value)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=None, type=PORTS, help="Port; default $PORT or 8000.")
@with_appcontext
def serve(host: str, port: int | None) -> None:
    """Serve the pages."""
    start_up_checks()
    command = gunicorn_command(chosen_port() if port is None else port, host)
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
    clockwork = tasks.Clockwork(tasks.line(settings(), render, settings().smtp_url_2))
    try:
        embedded.run(clockwork.once, stop, IDLE)
    except Exception:
        # Its own words could hold a row, so the log keeps its class and place alone.
        log.critical("the worker ends", exc_info=True)
        sys.exit(1)
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
    agree_on_keys()
    if db.engine.dialect.name == "postgresql":
        durable = db.session.scalar(db.text("show synchronous_commit"))
        db.session.rollback()
        if durable == "off":
            raise SettingsRefused(
                "PostgreSQL runs with synchronous_commit=off, so it may lose what it confirmed.",
                "Set synchronous_commit to on for this database and start again.",
            )


def agree_on_keys() -> None:
    """Compare our keys with those that this database was made with, or write them down first."""
    try:
        _check_keys()
    except IntegrityError:
        # Another process, started at the same time, was the first to write the fingerprints
        # down; now they are there to be compared with.
        _check_keys()


def _check_keys() -> None:
    with transaction() as session:
        check_keys(session, keys.current(), clock.now())
