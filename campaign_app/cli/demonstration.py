"""``campaign demo``: everything on one machine, from one command, with nothing real in it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

import click
import flask_migrate
from flask.cli import with_appcontext

from campaign_app import clock
from campaign_app.cli.running import gunicorn_command, settings
from campaign_app.database import transaction
from campaign_app.demo.content import fill
from campaign_app.errors import SettingsRefused
from campaign_app.settings import Mode

READY_WITHIN = 60.0
STOP_WITHIN = 15.0


@click.command()
@with_appcontext
def demo() -> None:
    """Make the demonstration's database, start web and worker, and print the addresses."""
    if settings().mode is not Mode.DEMO:
        raise SettingsRefused("campaign demo only runs in demo mode.", "Unset CAMPAIGN_MODE.")
    flask_migrate.upgrade()
    with transaction() as session:
        fill(session, settings(), clock.now())
    sys.exit(_run(int(os.environ.get("PORT", "8000"))))


def _run(port: int) -> int:
    """Run web and worker until one ends or we are told to stop; leave none behind."""
    signal.signal(signal.SIGTERM, _told)
    children: list[subprocess.Popen[bytes]] = []
    try:
        children += [subprocess.Popen(command) for command in _commands(port)]
        _announce_when_ready(port, children)
        while _all_alive(children):
            time.sleep(0.2)
    except KeyboardInterrupt:
        return 0
    finally:
        _end(children)
    click.echo("Web or worker ended by itself, so the demonstration stops.", err=True)
    return 1


def _told(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _commands(port: int) -> tuple[list[str], list[str]]:
    return gunicorn_command(port), [sys.executable, "-m", "campaign_app.cli", "worker"]


def _all_alive(children: list[subprocess.Popen[bytes]]) -> bool:
    return all(child.poll() is None for child in children)


def _announce_when_ready(port: int, children: list[subprocess.Popen[bytes]]) -> None:
    give_up = time.monotonic() + READY_WITHIN
    while _all_alive(children) and time.monotonic() < give_up:
        if _listening(port):
            click.echo(_addresses(port))
            return
        time.sleep(0.1)


def _listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _addresses(port: int) -> str:
    base = f"http://127.0.0.1:{port}"
    smtp = settings().smtp_url
    mail = "Messages go to the mail server you set." if smtp else "Nothing leaves this computer."
    return (
        "\nThe demonstration is ready. Everything in it is invented. "
        f"{mail}\n\n  {base}/            the campaigns\n  {base}/demo        a short tour"
        f"\n  {base}/demo/mailbox  the mail that was caught\n\nCtrl-C ends it.\n"
    )


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
