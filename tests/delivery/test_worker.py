"""The loop of the embedded worker."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from campaign_app.delivery.worker import run

LONG = timedelta(hours=1)


def test_it_rests_only_when_there_is_nothing_to_do() -> None:
    stop = threading.Event()
    left = [20, 3, 1]

    def drain() -> int:
        if not left:
            stop.set()
            return 0
        return left.pop()

    began = time.monotonic()
    run(drain, stop, LONG)

    assert left == []
    assert time.monotonic() - began < 1


def test_it_ends_within_a_second_while_it_rests() -> None:
    stop, resting = threading.Event(), threading.Event()

    def drain() -> int:
        resting.set()
        return 0

    worker = threading.Thread(target=run, args=(drain, stop, LONG))
    worker.start()
    resting.wait(5)

    stop.set()
    worker.join(1)

    assert not worker.is_alive()


def test_it_begins_nothing_after_it_was_stopped() -> None:
    stop = threading.Event()
    stop.set()

    run(lambda: pytest.fail("a drain was begun"), stop, LONG)


def test_what_a_drain_raises_is_seen() -> None:
    def drain() -> int:
        raise OSError("the database is gone")

    with pytest.raises(OSError, match="gone"):
        run(drain, threading.Event(), LONG)
