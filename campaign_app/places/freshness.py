"""How old each source of places is, and whether that is too old."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.clock import london_date
from campaign_app.places.imported.source import NAME, ImportedDirectory
from campaign_app.places.models import DataSource


class Verdict(StrEnum):
    """Whether a source can be trusted as it is."""

    FRESH = "fresh"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Limit:
    """From which age on a source is a warning, then an error, and why; None is never."""

    warning: timedelta | None
    error: timedelta | None
    reason: str


@dataclass(frozen=True, slots=True)
class SourceAge:
    """How old a source is; ``as_of`` and ``age`` are None when it cannot be read at all."""

    name: str
    as_of: date | None
    age: timedelta | None
    limit: Limit
    verdict: Verdict


LIMITS = {
    NAME: Limit(
        timedelta(days=150),
        timedelta(days=400),
        "ONS publishes it every three months; boundaries and alliances move about once a year.",
    ),
    "members of parliament": Limit(
        timedelta(days=3),
        timedelta(days=30),
        "It is fetched every night, and a by-election changes it within a day.",
    ),
    "alliance contacts": Limit(
        timedelta(days=365),
        timedelta(days=2 * 365),
        "Nobody publishes a list of these addresses, so each is checked by hand once a year.",
    ),
    "senedd seats": Limit(
        timedelta(days=4 * 365),
        timedelta(days=6 * 365),
        "The seats of 2026 are to be reviewed in full before the election of 2030.",
    ),
    "constituencies": Limit(
        timedelta(days=7 * 365),
        timedelta(days=9 * 365),
        "Boundaries are reviewed every eight years; the next review is due in 2031.",
    ),
    "cancer alliances": Limit(
        timedelta(days=3 * 365),
        timedelta(days=5 * 365),
        "Alliances have merged or changed their codes every two to three years.",
    ),
    "demo directory": Limit(None, None, "It is for the demonstration and for tests only."),
}
OTHERS = Limit(
    timedelta(days=180),
    timedelta(days=400),
    "We know nothing about how often it changes, so it is looked at twice a year.",
)


def freshness(
    session: Session, directory: ImportedDirectory | None, now: datetime
) -> list[SourceAge]:
    """Return the age of every source that we hold, by name.

    A directory that was never imported is no source; one that is damaged is an error.
    """
    today = london_date(now)
    rows = session.scalars(select(DataSource)).all()
    found = [aged(row.name, row.as_of, today) for row in rows if row.name != NAME]
    return sorted([*found, *_of_directory(directory, today)], key=lambda source: source.name)


def aged(name: str, as_of: date | None, today: date) -> SourceAge:
    """Return how old a source is on a day; one without a date cannot be trusted."""
    limit = LIMITS.get(name, OTHERS)
    age = None if as_of is None else max(today - as_of, timedelta())
    return SourceAge(name, as_of, age, limit, _verdict(age, limit))


def _of_directory(directory: ImportedDirectory | None, today: date) -> Iterator[SourceAge]:
    if directory is None:
        return
    mapped = directory.mapped
    if directory.damaged:
        yield aged(NAME, None, today)
    elif mapped:
        yield aged(NAME, mapped.about.edition, today)


def _verdict(age: timedelta | None, limit: Limit) -> Verdict:
    if age is None:
        return Verdict.ERROR
    if limit.error is not None and age > limit.error:
        return Verdict.ERROR
    if limit.warning is not None and age > limit.warning:
        return Verdict.WARNING
    return Verdict.FRESH
