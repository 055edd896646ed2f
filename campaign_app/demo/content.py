"""The demonstration's content: shipped campaigns, invented representatives, invented letters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.campaigns.opening import open_shipped
from campaign_app.campaigns.shipped import shipped_campaigns
from campaign_app.demo.letters import invent_letters
from campaign_app.places.areas import areas_of, load_areas
from campaign_app.places.models import AreaKind
from campaign_app.settings import Settings
from campaign_app.targets.shipped import load_demo_targets

WITH_TARGETS = (AreaKind.CONSTITUENCY, AreaKind.ALLIANCE)


def fill(session: Session, settings: Settings, now: datetime) -> None:
    """Put everything that the demonstration shows into the database; run again, add nothing."""
    load_areas(session, now)
    load_demo_targets(session, areas_of(session, *WITH_TARGETS), clock.london_date(now))
    for shipped in shipped_campaigns():
        campaign = open_shipped(session, shipped, now)
        if shipped.kind == "email_target":
            invent_letters(session, campaign, settings, now)
