"""Where signatures come from just now: networks and mail domains, most first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from campaign_app.petitions.models import Signature, SignatureState

#: Named one by one, because the index begins with campaign and state.
STATES = tuple(SignatureState)


@dataclass(frozen=True, slots=True)
class Trend:
    """How many signatures came from one network or domain; a network is its key in hex."""

    name: str
    signatures: int
    counted: int
    held: int
    proven: int


def networks(
    session: Session, campaign_id: int, *, since: datetime, least: int, limit: int = 50
) -> list[Trend]:
    """Return networks with at least ``least`` signatures since then."""
    return _trends(session, Signature.network_key, campaign_id, since, least, limit)


def domains(
    session: Session, campaign_id: int, *, since: datetime, least: int, limit: int = 50
) -> list[Trend]:
    """Return mail domains with at least ``least`` signatures since then."""
    return _trends(session, Signature.email_domain, campaign_id, since, least, limit)


def _trends(
    session: Session,
    column: InstrumentedAttribute[Any],
    campaign_id: int,
    since: datetime,
    least: int,
    limit: int,
) -> list[Trend]:
    n = func.count()
    rows = session.execute(
        select(
            column.label("name"),
            n.label("n"),
            func.count(Signature.counted_on).label("counted"),
            func.sum(case((Signature.state == SignatureState.HELD, 1), else_=0)).label("held"),
            func.count(Signature.confirmed_at).label("proven"),
        )
        .where(
            Signature.campaign_id == campaign_id,
            Signature.state.in_(STATES),
            Signature.created_at > since,
            column.is_not(None),
        )
        .group_by(column)
        .having(n >= least)
        .order_by(n.desc(), column)
        .limit(limit)
    )
    return [Trend(_shown(r.name), r.n, r.counted, int(r.held), r.proven) for r in rows]


def _shown(name: str | bytes) -> str:
    return name if isinstance(name, str) else bytes(name).hex()
