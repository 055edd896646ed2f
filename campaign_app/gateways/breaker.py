"""A circuit breaker: a service that keeps failing is left alone for a while.

Without it every visitor would wait out the whole budget of a service that is down.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from threading import Lock

from campaign_app.errors import TransientFailure

FAILURES = 5
WINDOW = timedelta(seconds=30)
REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=10)  #: However long a server asks to be left alone.

log = logging.getLogger(__name__)


class Resting(TransientFailure):
    """The service is not asked at the moment, because it failed too often."""

    message = "The other side has failed too often and is left alone for a while."


class State(StrEnum):
    """Whether a service is asked: always, never, or once to see whether it is well again."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """Counts the failures of one service in this process; safe to share between threads.

    After ``failures`` of them within ``window`` it opens, and nobody asks for ``rest``. Then
    one question goes through as a probe: its success closes the breaker, its failure opens
    it again. The log tells each change by the service's name alone.
    """

    def __init__(
        self,
        service: str,
        *,
        failures: int = FAILURES,
        window: timedelta = WINDOW,
        rest: timedelta = REST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.service = service
        self._failures: deque[float] = deque(maxlen=failures)
        self._window = window.total_seconds()
        self._rest = rest
        self._clock = clock
        self._lock = Lock()
        self._closed_again = 0.0
        self._state = State.CLOSED

    @property
    def state(self) -> State:
        """Return the state it is in."""
        return self._state

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask inside this: a TransientFailure counts, anything else is an answer.

        Raises Resting instead of asking while the service is left alone.
        """
        self._enter()
        try:
            yield
        except TransientFailure as failure:
            self._failed(getattr(failure, "retry_after", None))
            raise
        except BaseException:
            # Whatever ended the question says nothing of the service, but ends a probe too.
            self._given_up()
            raise
        self._succeeded()

    def _enter(self) -> None:
        with self._lock:
            if self._state is State.CLOSED:
                return
            if self._state is State.HALF_OPEN or self._clock() < self._closed_again:
                raise Resting
            self._to(State.HALF_OPEN)

    def _succeeded(self) -> None:
        with self._lock:
            # A question that began before the breaker opened proves nothing about now.
            if self._state is State.HALF_OPEN:
                self._failures.clear()
                self._to(State.CLOSED)

    def _failed(self, asked_to_wait: timedelta | None) -> None:
        with self._lock:
            now = self._clock()
            self._failures.append(now)
            many = len(self._failures) == self._failures.maxlen
            in_a_row = many and now - self._failures[0] <= self._window
            if self._state is State.HALF_OPEN or in_a_row or asked_to_wait:
                self._open(now, asked_to_wait)

    def _given_up(self) -> None:
        with self._lock:
            if self._state is State.HALF_OPEN:
                self._open(self._clock(), None)

    def _open(self, now: float, asked_to_wait: timedelta | None) -> None:
        rest = min(asked_to_wait or self._rest, LONGEST_REST)
        self._closed_again = max(self._closed_again, now + rest.total_seconds())
        if self._state is not State.OPEN:
            self._to(State.OPEN)

    def _to(self, state: State) -> None:
        self._state = state
        log.warning("%s: the circuit breaker is %s", self.service, state)
