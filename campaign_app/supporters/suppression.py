"""Do not contact: a keyed hash of the address, which outlives everything else about a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.supporters.models import Channel, Suppression
from campaign_app.vault.hashing import suppression_key


def suppressed(session: Session, canonical: str, channel: Channel) -> bool:
    """Return whether this address asked never to be contacted this way."""
    return _row(session, canonical, channel) is not None


def suppress(
    session: Session, canonical: str, channel: Channel, *, reason: str, now: datetime
) -> None:
    """Remember that this address must not be contacted this way; saying it twice is fine."""
    if _row(session, canonical, channel) is None:
        key = suppression_key(channel, canonical)
        session.add(Suppression(key=key, channel=channel, reason=reason, since=now))
        session.flush()


def _row(session: Session, canonical: str, channel: Channel) -> Suppression | None:
    key = suppression_key(channel, canonical)
    return session.scalar(
        select(Suppression).where(Suppression.key == key, Suppression.channel == channel)
    )
