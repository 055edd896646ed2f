"""Where a postcode lies: which sources are asked here, and in which order."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask, current_app

from campaign_app.database import db, transaction
from campaign_app.gateways.postcodes_io import PostcodesIo
from campaign_app.places import kept
from campaign_app.places.answers import Answer
from campaign_app.places.chain import chain
from campaign_app.places.directory import DemoDirectory
from campaign_app.places.finder import Source, find_place
from campaign_app.places.imported.source import ImportedDirectory
from campaign_app.places.kept import KeptAnswers
from campaign_app.places.postcode import Postcode
from campaign_app.settings import Settings

FRESH = timedelta(days=30)
STILL_GOOD = timedelta(days=400)  # boundaries and alliances move about once a year
SOURCES = "campaign_places"


def install(app: Flask, settings: Settings) -> None:
    """Make the chain of sources: one of each for the process, because some own threads or maps.

    Raises SettingsRefused for an order that names what is no source.
    """
    user_agent = f"campaign_app (+{settings.base_url})"
    sources: dict[str, Source] = {
        "directory": ImportedDirectory(settings.places_directory),
        "kept": _Kept(FRESH),
        "postcodes.io": PostcodesIo(settings.postcodes_url, user_agent),
        "kept-older": _Kept(STILL_GOOD),
    }
    if settings.demo:
        sources["demo"] = DemoDirectory()
    app.extensions[SOURCES] = chain(settings.places_order, sources=sources)


def imported_directory() -> ImportedDirectory | None:
    """Return the imported directory of this process, when the order names it."""
    found = (one for one in _sources() if isinstance(one, ImportedDirectory))
    return next(found, None)


def place_of(postcode: Postcode, now: datetime) -> Answer:
    """Return where a postcode lies, and keep the answer of a service for next time.

    Raises UnknownPostcode or PlacesUnavailable.
    """
    answer = find_place(postcode, sources=_sources(), now=now)
    if answer.source == PostcodesIo.name and answer.as_of == now:
        with transaction() as session:
            kept.keep(session, answer)
    return answer


def _sources() -> list[Source]:
    sources: list[Source] = current_app.extensions[SOURCES]
    return sources


class _Kept:
    """Our own table, read in a transaction that is over before any network is asked."""

    def __init__(self, max_age: timedelta) -> None:
        self.max_age = max_age
        self.name = "kept answers"

    def look_up(self, postcode: Postcode, now: datetime) -> Answer | None:
        try:
            return KeptAnswers(db.session(), self.max_age).look_up(postcode, now)
        finally:
            db.session.rollback()
