"""Holding back what looks wrong, honestly: nothing is dropped, and staff can let it go.

A signature is held when it is made (by a reason of its own, or a limit of its network) or
later by the rules here. They run beside the folding, read only what a limit has marked, and
only ever hold. The public words stay true for all: a signature is in, and joins the total
after our checks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.petitions import trends
from campaign_app.petitions.counting import count_again, stop_counting
from campaign_app.petitions.models import Signature, SignatureState

log = logging.getLogger(__name__)

# A ward where forty people sign in turn must never meet a limit; a script always does.
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PER_MINUTE = 60
PER_HOUR = 200

#: Held signatures of one network in an hour from which all of that hour are held with them.
FLOOD = 200
#: Signatures in an hour from one mail domain that is not a well-known one.
DOMAIN_BURST = 100
BATCH = 500

NETWORK_MINUTE = "network_minute"
NETWORK_HOUR = "network_hour"
NETWORK_FLOOD = "network_flood"
DOMAIN = "domain_burst"

#: From this many signatures in an hour a network is asked for a proof of work.
CHALLENGE_FROM = 20


class Suspicion(IntEnum):
    """How much a network's recent signatures call for care."""

    NONE = 0
    CHALLENGE = 1  #: ask for a proof of work, or hold without one
    HOLD = 2  #: the next one is held whatever it brings


@dataclass(frozen=True, slots=True)
class Held:
    """What a rule held: its reason, the network or domain, and how many."""

    reason: str
    name: str
    signatures: int


def suspicion(session: Session, network: bytes, now: datetime) -> Suspicion:
    """Return the suspicion that a network is under; reads at most ``PER_HOUR`` index rows."""
    newest = (
        select(Signature.id)
        .where(Signature.network_key == network, Signature.created_at > now - HOUR)
        .limit(PER_HOUR)
        .subquery()
    )
    seen = session.scalar(select(func.count()).select_from(newest)) or 0
    if seen >= PER_HOUR:
        return Suspicion.HOLD
    return Suspicion.CHALLENGE if seen >= CHALLENGE_FROM else Suspicion.NONE


def watch(
    session: Session, campaign_id: int, *, known: Callable[[str], bool], now: datetime
) -> list[Held]:
    """Hold what the trend of the last hour shows to be wrong; write an alert for each.

    ``known`` says whether a mail domain is a well-known one. Call it in a transaction that
    may write, about once a minute.
    """
    held = [*_floods(session, campaign_id, now), *_bursts(session, campaign_id, known, now)]
    for rule in held:
        log.warning(
            "campaign %s: held %s signatures, %s", campaign_id, rule.signatures, rule.reason
        )
    return held


def _floods(session: Session, campaign_id: int, now: datetime) -> list[Held]:
    n = func.count()
    flooding = session.scalars(
        select(Signature.network_key)
        .where(
            Signature.campaign_id == campaign_id,
            Signature.state == SignatureState.HELD,
            Signature.held_reason.in_((NETWORK_MINUTE, NETWORK_HOUR)),
            Signature.created_at > now - HOUR,
            Signature.network_key.is_not(None),
        )
        .group_by(Signature.network_key)
        .having(n >= FLOOD)
    ).all()
    return [
        Held(NETWORK_FLOOD, bytes(key).hex(), count)
        for key in flooding
        if key is not None and (count := _hold_network(session, campaign_id, key, now))
    ]


def _hold_network(session: Session, campaign_id: int, key: bytes, now: datetime) -> int:
    return hold(
        session,
        session.scalars(
            select(Signature.id).where(
                Signature.network_key == key,
                Signature.created_at > now - HOUR,
                Signature.campaign_id == campaign_id,
                Signature.state.in_((SignatureState.PENDING, SignatureState.CONFIRMED)),
            )
        ).all(),
        NETWORK_FLOOD,
    )


def _bursts(
    session: Session, campaign_id: int, known: Callable[[str], bool], now: datetime
) -> list[Held]:
    busy = trends.domains(session, campaign_id, since=now - HOUR, least=DOMAIN_BURST)
    return [
        Held(DOMAIN, trend.name, count)
        for trend in busy
        if not known(trend.name) and (count := _hold_domain(session, campaign_id, trend.name, now))
    ]


def _hold_domain(session: Session, campaign_id: int, domain: str, now: datetime) -> int:
    return hold(
        session,
        session.scalars(
            select(Signature.id).where(
                Signature.campaign_id == campaign_id,
                Signature.state.in_((SignatureState.PENDING, SignatureState.CONFIRMED)),
                Signature.created_at > now - HOUR,
                Signature.email_domain == domain,
            )
        ).all(),
        DOMAIN,
    )


def hold(session: Session, ids: Sequence[int], reason: str) -> int:
    """Hold signatures; those that counted are taken off the count. Return how many."""
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        stop_counting(session, batch, SignatureState.HELD, held_reason=reason)
    return len(ids)


def release(session: Session, signatures: Sequence[Signature], *, counts_at_once: bool) -> int:
    """Let held signatures go, on the word of staff; return how many count now.

    A proven one counts at once; another waits for its proof like all others.
    """
    for signature in signatures:
        if signature.state is SignatureState.HELD:
            count_again(session, signature, counts_at_once=counts_at_once)
    return sum(signature.counted_on is not None for signature in signatures)
