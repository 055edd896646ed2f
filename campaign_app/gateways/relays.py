"""Several mail servers behind one mailer: the first that works is used, a dead one left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from campaign_app.delivery.mail import Envelope
from campaign_app.delivery.mailers import Answer, Mailer, deliver
from campaign_app.delivery.replies import Unreachable


class Health(Protocol):
    """What is known about relays, by their names; all workers share it."""

    def usable(self, relay: str, now: datetime) -> bool:
        """Return whether a relay may be tried now."""
        ...

    def failed(self, relay: str, now: datetime) -> None:
        """Hear that a relay could not be used."""
        ...

    def worked(self, relay: str) -> None:
        """Hear that a relay has just answered."""
        ...


class Relays:
    """Hands mails to the first relay that can be used; for one thread.

    When a relay goes away amid a batch, what is left of it waits for its next attempt, and
    the batch after it goes to the next relay.
    """

    def __init__(
        self, relays: Mapping[str, Mailer], health: Health, clock: Callable[[], datetime]
    ) -> None:
        """Take mailers by the names of their relays, the one to be preferred first."""
        self._relays = dict(relays)
        self._health = health
        self._clock = clock
        self._chosen: str | None = None

    def usable(self) -> bool:
        """Return whether any relay may be tried now; else nothing should be claimed."""
        now = self._clock()
        return any(self._health.usable(name, now) for name in self._relays)

    def open(self) -> None:
        """Connect to the first relay that answers; raises Unreachable when none does."""
        failure = Unreachable("no relay is usable")
        now = self._clock()
        for name, mailer in self._relays.items():
            if not self._health.usable(name, now):
                continue
            try:
                mailer.open()
            except Unreachable as unreachable:
                failure = unreachable
                self._blame(name)
            else:
                self._chosen = name
                self._health.worked(name)
                return
        raise failure

    def send(self, envelope: Envelope, *, started: Callable[[], None] | None = None) -> str:
        """Hand over one mail to the relay that was opened."""
        with _Blaming(self):
            return self._mailer().send(envelope, started=started)

    def deliver(self, envelopes: Iterator[Envelope]) -> Iterator[Answer]:
        """Hand over mails to the relay that was opened, in its best way."""
        with _Blaming(self):
            yield from deliver(self._mailer(), envelopes)

    def close(self) -> None:
        """Say goodbye to all of them."""
        for mailer in self._relays.values():
            mailer.close()

    def blame(self) -> None:
        """Note that the relay that was opened cannot be used after all."""
        if self._chosen is not None:
            self._blame(self._chosen)

    def _mailer(self) -> Mailer:
        if self._chosen is None:
            self.open()
        return self._relays[self._chosen or ""]

    def _blame(self, name: str) -> None:
        self._chosen = None
        self._health.failed(name, self._clock())


class _Blaming:
    """Blames the relay for Unreachable, and for nothing else."""

    def __init__(self, relays: Relays) -> None:
        self._relays = relays

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Look at what went wrong."""
        if isinstance(error, Unreachable):
            self._relays.blame()
