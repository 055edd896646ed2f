"""A petition as the acts need it, and where it stands: in London time, to the minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from campaign_app.clock import LONDON
from campaign_app.errors import InvalidInput

GRACE = timedelta(hours=24)  #: confirmations still count this long after closing
PENDING_LIFE = timedelta(days=90)  #: the longest that an unconfirmed signature is kept
OPEN = "open"


class Phase(StrEnum):
    """Where a petition stands for someone who looks at it now."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    PAUSED = "paused"
    GRACE = "grace"  #: closed, but confirmations still count
    CLOSED = "closed"
    HANDED_IN = "handed_in"
    ANSWERED = "answered"
    ARCHIVED = "archived"


class NoSuchTime(InvalidInput):
    """A time of day that London's clocks skip."""

    message = "There is no such time: the clocks go forward over it."
    what_next = "Choose a time before one o'clock or after two o'clock."


@dataclass(frozen=True, slots=True, kw_only=True)
class Petition:
    """What the acts need to know of a petition; a door may keep it for a second or two.

    ``state`` is the campaign's own. ``closed_at`` is set when staff closed it by hand.
    """

    id: int
    slug: str
    reference: str
    state: str
    version_id: int
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    goal: int | None = None
    counts_at_once: bool = False
    countries: bool = False  #: whether people outside the UK may sign

    def phase(self, now: datetime) -> Phase:
        """Return where the petition stands at a moment."""
        if self.state == Phase.SCHEDULED and self.opens_at is not None and now >= self.opens_at:
            return self._running(now)
        return self._running(now) if self.state in {OPEN, Phase.CLOSED} else Phase(self.state)

    def _running(self, now: datetime) -> Phase:
        if self.closes_at is not None and now >= self.closes_at:
            return Phase.GRACE if now < self.closes_at + GRACE else Phase.CLOSED
        return Phase.CLOSED if self.state == Phase.CLOSED else Phase.OPEN

    def takes_signatures(self, now: datetime) -> bool:
        """Return whether one can sign."""
        return self.phase(now) is Phase.OPEN

    def takes_confirmations(self, now: datetime) -> bool:
        """Return whether a confirmation still makes a signature count; a pause does not stop it."""
        return self.phase(now) in {Phase.OPEN, Phase.PAUSED, Phase.GRACE}

    def pending_until(self, signed_at: datetime) -> datetime:
        """Return until when an unconfirmed signature is kept."""
        longest = signed_at + PENDING_LIFE
        return min(longest, self.closes_at + GRACE) if self.closes_at else longest


def options(settings: Mapping[str, Any]) -> dict[str, bool]:
    """Return what a campaign's settings say about signing; what they do not say is no."""
    return {name: settings.get(name) is True for name in ("counts_at_once", "countries")}


def london_minute(local: datetime) -> datetime:
    """Return the moment of a London time of day, as staff type it, to the minute.

    When clocks go back, a time that comes twice means the later one, so that nobody is shut
    out early. Raises NoSuchTime for a time that the clocks skip.
    """
    asked = local.replace(second=0, microsecond=0, tzinfo=None)
    moment = asked.replace(tzinfo=LONDON, fold=1).astimezone(UTC)
    if moment.astimezone(LONDON).replace(tzinfo=None) != asked:
        raise NoSuchTime
    return moment
