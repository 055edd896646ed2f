"""``campaign demo``: everything on one machine, from one command, with nothing real in it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from types import FrameType

import click
import flask_migrate
from flask.cli import with_appcontext

from campaign_app import clock
from campaign_app.cli.running import chosen_port, gunicorn_command, settings, start_up_checks
from campaign_app.database import transaction
from campaign_app.demo.content import fill
from campaign_app.errors import SettingsRefused
from campaign_app.gateways.readiness import Readiness
from campaign_app.settings import Mode

READY_WITHIN = 60.0
STOP_WITHIN = 15.0
A_MOMENT = 0.1


@click.command()
@with_appcontext
def demo() -> None:
    """Make the demonstration's database, start web and worker, and print the addresses."""
    if settings().mode is not Mode.DEMO:
        raise SettingsRefused("campaign demo only runs in demo mode.", "Unset CAMPAIGN_MODE.")
    port = chosen_port()
    flask_migrate.upgrade()
    start_up_checks()
    with transaction() as session:
        fill(session, settings(), clock.now())
    sys.exit(_run(port))


def _run(port: int) -> int:
    """Run web and worker until one ends or we are told to stop; leave none behind."""
    stop = _told_to_stop()
    # A signal only sets the event: raised as an error, it could come between the start of a
    # child and our note of it, and that child would stay behind.
    children: list[subprocess.Popen[bytes]] = []
    try:
        children.extend(map(subprocess.Popen, _commands(port)))
        _announce_when_ready(port, children, stop)
        while _all_alive(children) and not stop.wait(A_MOMENT):
            pass
    finally:
        _end(children)
    if stop.is_set():
        return 0
    click.echo("Web or worker ended by itself, so the demonstration stops.", err=True)
    return 1


def _told_to_stop() -> threading.Event:
    stop = threading.Event()

    def told(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
    return stop


def _commands(port: int) -> tuple[list[str], list[str]]:
    return gunicorn_command(port), [sys.executable, "-m", "campaign_app.cli", "worker"]


def _all_alive(children: list[subprocess.Popen[bytes]]) -> bool:
    return all(child.poll() is None for child in children)


def _announce_when_ready(
    port: int, children: list[subprocess.Popen[bytes]], stop: threading.Event
) -> None:
    server = Readiness(f"http://127.0.0.1:{port}")
    give_up = time.monotonic() + READY_WITHIN
    while _all_alive(children) and time.monotonic() < give_up and not stop.wait(A_MOMENT):
        if server.is_ready():
            click.echo(_addresses(port))
            return


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
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
