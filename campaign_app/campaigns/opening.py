"""Put a campaign that the platform ships with into the database, published and open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.campaigns.models import (
    Campaign,
    CampaignText,
    CampaignVersion,
    ConfirmPolicy,
    Kind,
    State,
)
from campaign_app.campaigns.shipped import ShippedCampaign


def open_shipped(session: Session, shipped: ShippedCampaign, now: datetime) -> Campaign:
    """Return the open campaign, made from its files unless it is there already.

    What staff changed since is left alone.
    """
    found = session.scalar(select(Campaign).where(Campaign.slug == shipped.slug))
    return found or _open(session, shipped, now)


def _open(session: Session, shipped: ShippedCampaign, now: datetime) -> Campaign:
    campaign = Campaign(
        slug=shipped.slug,
        kind=Kind(shipped.kind),
        state=State.OPEN,
        reference=shipped.reference,
        target_kind=shipped.target_kind,
        confirm_policy=ConfirmPolicy(shipped.confirm_policy),
        goal=shipped.goal,
        opens_at=now,
        created_at=now,
    )
    session.add(campaign)
    session.flush()
    campaign.published = _first_version(session, campaign, shipped, now)
    session.flush()
    return campaign


def _first_version(
    session: Session, campaign: Campaign, shipped: ShippedCampaign, now: datetime
) -> CampaignVersion:
    version = CampaignVersion(
        campaign_id=campaign.id,
        number=1,
        settings=dict(shipped.settings),
        created_at=now,
        published_at=now,
        texts=[
            CampaignText(field=field, lang=lang, markdown=markdown)
            for field, by_language in shipped.texts.items()
            for lang, markdown in by_language.items()
        ],
    )
    session.add(version)
    session.flush()
    return version
