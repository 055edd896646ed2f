"""Act of time: signatures that nobody confirmed are forgotten, and networks after 30 days."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaign_app.actions.erase_signature import erase
from campaign_app.actions.rules import NETWORK_LIFE
from campaign_app.campaigns.models import Campaign, Kind
from campaign_app.evidence.models import RetentionRun
from campaign_app.petitions.life import GRACE, PENDING_LIFE
from campaign_app.petitions.models import Signature, SignatureState

BATCH = 500
UNPROVEN = (SignatureState.PENDING, SignatureState.HELD, SignatureState.DUPLICATE)


def forget_signatures(session: Session, now: datetime) -> dict[str, int]:
    """Remove what has had its time, at most ``BATCH`` of each; answer how much, by rule.

    A signature that was never confirmed and does not count goes when its petition has been
    closed for a day, and after 90 days at the latest.
    """
    removed = {
        "unconfirmed signatures": sum(
            _expire(session, campaign, now)
            for campaign in session.scalars(select(Campaign).where(Campaign.kind == Kind.PETITION))
        ),
        "network keys of signatures": _drop_networks(session, now),
    }
    session.add_all(
        RetentionRun(rule=rule, cutoff=now, ran_at=now, removed=count)
        for rule, count in removed.items()
        if count
    )
    return removed


def _expire(session: Session, campaign: Campaign, now: datetime) -> int:
    over = campaign.closes_at is not None and campaign.closes_at + GRACE <= now
    made_before = now if over else now - PENDING_LIFE
    signatures = session.scalars(
        select(Signature)
        .where(
            Signature.campaign_id == campaign.id,
            Signature.state.in_(UNPROVEN),
            Signature.created_at <= made_before,
            Signature.confirmed_at.is_(None),
            Signature.counted_on.is_(None),
        )
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for signature in signatures:
        erase(session, signature, now, asked_by="retention")
    return len(signatures)


def _drop_networks(session: Session, now: datetime) -> int:
    old = (
        select(Signature.id)
        .where(Signature.network_key.is_not(None), Signature.created_at <= now - NETWORK_LIFE)
        .limit(BATCH)
    )
    result = session.execute(
        update(Signature).where(Signature.id.in_(old.scalar_subquery())).values(network_key=None)
    )
    return int(getattr(result, "rowcount", 0))
