"""`campaign worker` with a short lease, so that a test sees within seconds what a death left."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from campaign_app import clock, create_app, tasks
from campaign_app.cli.running import render, settings, start_up_checks
from campaign_app.delivery import dispatch, worker
from campaign_app.delivery.dispatch import Line

LEASE = timedelta(seconds=8)
RECOVER_EVERY = timedelta(seconds=1)


def main() -> None:
    """Work until told to stop."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stop.set())
    with create_app().app_context():
        start_up_checks()
        line = replace(tasks.line(settings(), render), lease=LEASE)
        worker.run(impatient(line), stop, timedelta(milliseconds=50))
        line.mailer.close()


def impatient(line: Line) -> Callable[[], int]:
    """Drain, and every second take back what others left."""
    recovered_at = [clock.now() - RECOVER_EVERY]

    def once() -> int:
        if clock.now() - recovered_at[0] >= RECOVER_EVERY:
            tasks.recover(line)
            recovered_at[0] = clock.now()
        return dispatch.drain(line)

    return once


if __name__ == "__main__":
    main()
