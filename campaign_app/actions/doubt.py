"""Reasons to ask a sender to confirm; doubt never refuses anyone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from campaign_app.actions.release_letter import released_before
from campaign_app.actions.sender import Sender
from campaign_app.errors import TooMany
from campaign_app.letters.models import Letter
from campaign_app.supporters.addresses import standing
from campaign_app.supporters.models import DomainStanding

BURST = 5
BURST_WINDOW = timedelta(minutes=10)
FLOOD = 120  # a hospital's staff behind one address must never reach it
FLOOD_WINDOW = timedelta(hours=1)
CROWD = 2  # two people may share one address; a third letter is asked about
CROWD_WINDOW = timedelta(hours=24)
MACHINE_SPEED = timedelta(seconds=2)

# The last two letters are never C, I, K, M, O or V (Royal Mail), so "T2 3cm" is a tumour.
_POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][0-9A-Z]?) ?([0-9][ABD-HJLNP-UW-Z]{2})\b", re.IGNORECASE)


def doubt(
    session: Session,
    *,
    sender: Sender,
    campaign_id: int,
    own_words: str,
) -> str | None:
    """Return the first reason for doubt in what was typed, as a code for staff, or None.

    A second letter of one person is in doubt so that only its writer learns of the first.
    """
    if standing(sender.address.domain) is DomainStanding.THROWAWAY:
        return "throwaway_domain"
    if standing(sender.address.domain) is None:
        return "unknown_domain"
    if _second_postcode(sender, own_words):
        return "second_postcode"
    return "second_letter" if released_before(session, campaign_id, sender.person_key) else None


def haste(
    session: Session,
    *,
    sender: Sender,
    network: bytes,
    page_age: timedelta | None,
    now: datetime,
) -> str | None:
    """Return the first reason for doubt in how fast letters come, as a code, or None.

    ``page_age`` is how long the letter page was open; None when that is not known.
    """
    if page_age is not None and page_age < MACHINE_SPEED:
        return "machine_speed"
    if _recent(session, Letter.network_key == network, now - BURST_WINDOW, BURST):
        return "burst"
    crowd = Letter.email_key == sender.address.key
    return "crowded_address" if _recent(session, crowd, now - CROWD_WINDOW, CROWD) else None


def refuse_flood(session: Session, network: bytes, now: datetime) -> None:
    """Raise TooMany when one network sent more letters in an hour than any office would."""
    if _recent(session, Letter.network_key == network, now - FLOOD_WINDOW, FLOOD):
        raise TooMany(retry_after=FLOOD_WINDOW)


def _second_postcode(sender: Sender, own_words: str) -> bool:
    text = "\n".join((own_words, *sender.house_lines))
    named = {"".join(found).upper() for found in _POSTCODE.findall(text)}
    return bool(named - {sender.postcode.compact})


def _recent(session: Session, whose: ColumnElement[bool], since: datetime, limit: int) -> bool:
    """Return whether ``limit`` such letters came lately; reads no more rows than that."""
    newest = select(Letter.id).where(whose, Letter.created_at > since).limit(limit).subquery()
    return (session.scalar(select(func.count()).select_from(newest)) or 0) >= limit
