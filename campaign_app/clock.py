"""Time: UTC inside, London outside."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

NOON = 12
LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """Return this moment in UTC; only doors and workers call this."""
    return datetime.now(UTC)


def london(moment: datetime) -> datetime:
    """Return the same moment on a London clock."""
    return moment.astimezone(LONDON)


def london_date(moment: datetime) -> date:
    """Return the day that it is in London at this moment."""
    return london(moment).date()


def in_words(moment: datetime | date) -> str:
    """Return a date as people in the UK write it, such as 3 March 2026."""
    day = london_date(moment) if isinstance(moment, datetime) else moment
    return f"{day.day} {day:%B %Y}"


def time_in_words(moment: datetime) -> str:
    """Return a London time of day, such as 9:05am."""
    local = london(moment)
    return f"{local.hour % NOON or NOON}:{local:%M}{'am' if local.hour < NOON else 'pm'}"
