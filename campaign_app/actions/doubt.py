"""Reasons to ask a sender to confirm; doubt never refuses anyone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.actions.sender import Sender
from campaign_app.errors import TooMany
from campaign_app.letters.models import Letter
from campaign_app.supporters.addresses import standing
from campaign_app.supporters.models import DomainStanding

BURST = 5
BURST_WINDOW = timedelta(minutes=10)
FLOOD = 120  # a hospital's staff behind one address must never reach it
FLOOD_WINDOW = timedelta(hours=1)
MACHINE_SPEED = timedelta(seconds=2)

_POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][0-9A-Z]?) ?([0-9][A-Z]{2})\b", re.IGNORECASE)


def doubt(
    session: Session,
    *,
    sender: Sender,
    own_words: str,
    network: bytes,
    page_age: timedelta | None,
    now: datetime,
) -> str | None:
    """Return the first reason for doubt, as a code for staff, or None.

    ``page_age`` is how long the letter page was open; None when that is not known.
    """
    if standing(sender.address.domain) is DomainStanding.THROWAWAY:
        return "throwaway_domain"
    if standing(sender.address.domain) is None:
        return "unknown_domain"
    if _second_postcode(sender, own_words):
        return "second_postcode"
    if page_age is not None and page_age < MACHINE_SPEED:
        return "machine_speed"
    return "burst" if _recent(session, network, now - BURST_WINDOW, BURST) else None


def refuse_flood(session: Session, network: bytes, now: datetime) -> None:
    """Raise TooMany when one network sent more letters in an hour than any office would."""
    if _recent(session, network, now - FLOOD_WINDOW, FLOOD):
        raise TooMany


def _second_postcode(sender: Sender, own_words: str) -> bool:
    text = "\n".join((own_words, *sender.house_lines))
    named = {"".join(found).upper() for found in _POSTCODE.findall(text)}
    return bool(named - {sender.postcode.compact})


def _recent(session: Session, network: bytes, since: datetime, limit: int) -> bool:
    """Return whether ``limit`` letters came from a network; reads no more rows than that."""
    newest = (
        select(Letter.id)
        .where(Letter.network_key == network, Letter.created_at > since)
        .limit(limit)
        .subquery()
    )
    return (session.scalar(select(func.count()).select_from(newest)) or 0) >= limit
