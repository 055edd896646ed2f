"""The circuit breaker of a relay, shared by all workers: a dead server is left alone a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from campaign_app.database import db, transaction
from campaign_app.delivery.models import RelayHealth

TRIES: Final = 3  #: failures in a row before a relay is left alone
FIRST_REST: Final = timedelta(seconds=30)
LONGEST_REST: Final = timedelta(minutes=15)


def usable(session: Session, relay: str, now: datetime) -> bool:
    """Return whether a relay may be tried now."""
    health = session.get(RelayHealth, relay, populate_existing=True)
    return health is None or health.open_until is None or health.open_until <= now


def failed(session: Session, relay: str, now: datetime) -> None:
    """Count a failure; after some in a row nobody tries the relay for a time that doubles."""
    health = session.get(RelayHealth, relay, with_for_update=True, populate_existing=True)
    if health is None:
        health = RelayHealth(relay=relay, failures=0)
        session.add(health)
    health.failures += 1
    if health.failures >= TRIES:
        rest = FIRST_REST * 2 ** min(health.failures - TRIES, 10)
        health.open_until = now + min(rest, LONGEST_REST)
    session.flush()


def worked(session: Session, relay: str) -> None:
    """Forget the failures of a relay that has just answered."""
    health = session.get(RelayHealth, relay, with_for_update=True, populate_existing=True)
    if health is not None:
        health.failures, health.open_until = 0, None
        session.flush()


class SharedHealth:
    """What all workers know about relays; each question and each word is a short transaction."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._ailing: set[str] = set()

    def usable(self, relay: str, now: datetime) -> bool:
        """Return whether a relay may be tried now."""
        session = db.session()
        session.rollback()
        try:
            if (health := session.get(RelayHealth, relay)) and health.failures:
                self._ailing.add(relay)
            return usable(session, relay, now)
        finally:
            session.rollback()

    def failed(self, relay: str, now: datetime) -> None:
        """Tell all workers that a relay could not be used."""
        with transaction() as session:
            failed(session, relay, now)

    def worked(self, relay: str) -> None:
        """Tell all workers that a relay that was ailing has answered."""
        # A word to all workers is a write, so it is only said when something was wrong.
        if relay in self._ailing:
            with transaction() as session:
                worked(session, relay)
            self._ailing.discard(relay)
