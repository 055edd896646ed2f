"""Single-use form ids: given with the first page that no cache keeps, spent on Send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from campaign_app.errors import LinkRefused
from campaign_app.vault import tokens

LIFE = timedelta(hours=24)
PURPOSE = "form"


@dataclass(frozen=True, slots=True)
class FormId:
    """The id of one filled-in form and how long its page was open."""

    id: str
    age: timedelta


def issue(campaign: str, now: datetime) -> str:
    """Return a fresh form id for a campaign, with its time, signed."""
    return tokens.sign(PURPOSE, tokens.random_id(), expires=now + LIFE, bound_to=campaign.encode())


def read(token: str, campaign: str, now: datetime) -> FormId | None:
    """Return the form id, or None when it is missing, forged, or a day old."""
    try:
        public_id = tokens.verify(token, PURPOSE, now=now, bound_to=campaign.encode())
    except LinkRefused:
        return None
    return FormId(public_id, LIFE - (tokens.expiry(token) - now))
