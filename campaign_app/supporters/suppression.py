"""Do not contact: a keyed hash of the address, which outlives everything else about a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaign_app.database import unless_there
from campaign_app.supporters.models import Channel, Suppression
from campaign_app.vault.hashing import suppression_key

UNSUBSCRIBED = "unsubscribed"


def suppressed(session: Session, canonical: str, channel: Channel) -> bool:
    """Return whether this address asked never to be contacted this way."""
    key = suppression_key(channel, canonical)
    row = select(Suppression.id).where(Suppression.key == key, Suppression.channel == channel)
    return session.scalar(row) is not None


def suppress(
    session: Session, canonical: str, channel: Channel, *, reason: str, now: datetime
) -> None:
    """Remember that this address must not be contacted this way; saying it twice is fine.

    Someone who unsubscribes again does so from now on; every other reason stays as it is.
    """
    row = found(session, canonical, channel)
    if row is None:
        _add(session, canonical, channel, reason, now)
    elif row.reason == reason == UNSUBSCRIBED:
        row.since = max(row.since, now)
    session.flush()


def found(session: Session, canonical: str, channel: Channel) -> Suppression | None:
    """Return the record of this address, locked where the database locks rows, or None."""
    key = suppression_key(channel, canonical)
    return session.scalar(
        select(Suppression)
        .where(Suppression.key == key, Suppression.channel == channel)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _add(session: Session, canonical: str, channel: Channel, reason: str, now: datetime) -> None:
    key = suppression_key(channel, canonical)
    try:
        with unless_there(session):
            session.add(Suppression(key=key, channel=channel, reason=reason, since=now))
    except IntegrityError:
        if found(session, canonical, channel) is None:
            raise
