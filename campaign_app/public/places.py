"""Where a postcode lies: which sources are asked here, and in which order."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app

from campaign_app.database import db, transaction
from campaign_app.gateways.postcodes_io import PostcodesIo
from campaign_app.places import kept
from campaign_app.places.answers import Answer
from campaign_app.places.directory import DemoDirectory
from campaign_app.places.finder import Source, find_place
from campaign_app.places.kept import KeptAnswers
from campaign_app.places.postcode import Postcode
from campaign_app.settings import Settings

FRESH = timedelta(days=30)
STILL_GOOD = timedelta(days=400)  # boundaries and alliances move about once a year
USER_AGENT = "campaign_app (+{base_url})"


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
    settings: Settings = current_app.extensions["campaign_settings"]
    directory: list[Source] = [DemoDirectory()] if settings.demo else []
    return [
        *directory,
        _Between(KeptAnswers(db.session(), FRESH)),
        PostcodesIo(settings.postcodes_url, USER_AGENT.format(base_url=settings.base_url)),
        _Between(KeptAnswers(db.session(), STILL_GOOD)),
    ]


class _Between:
    """Reads our table and lets go of the database before any network is asked."""

    def __init__(self, table: KeptAnswers) -> None:
        self.table = table
        self.name = table.name

    def look_up(self, postcode: Postcode, now: datetime) -> Answer | None:
        try:
            return self.table.look_up(postcode, now)
        finally:
            db.session.rollback()
