"""The embedded worker: drain, rest when there is nothing to do, and stop when told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta


def run(drain_once: Callable[[], int], stop: threading.Event, idle: timedelta) -> None:
    """Call ``drain_once`` until ``stop`` is set, resting for ``idle`` whenever it found nothing.

    Returns at once from a rest when ``stop`` is set, and never begins another drain after it.
    Whatever ``drain_once`` raises ends the loop: a worker whose database is gone must be seen
    to have died, and whoever started it starts it again.
    """
    while not stop.is_set():
        if not drain_once():
            stop.wait(idle.total_seconds())
