"""Act of time: whoever proved an address by signing becomes a supporter, with proven consents.

Confirming itself stays one statement; this follows within seconds. A page that needs the
supporter at once calls ``welcome`` for that one signature.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.petitions.models import Signature
from campaign_app.supporters import consents, people
from campaign_app.supporters.addresses import read_address
from campaign_app.supporters.models import Supporter

BATCH = 200


def welcome_signers(session: Session, now: datetime, limit: int = BATCH) -> int:
    """Welcome the next signers who confirmed; return how many. Call it again while it is full."""
    signatures = session.scalars(
        select(Signature)
        .where(
            Signature.confirmed_at.is_not(None),
            Signature.supporter_id.is_(None),
            Signature.erased_at.is_(None),
        )
        .order_by(Signature.confirmed_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for signature in signatures:
        welcome(session, signature, now)
    return len(signatures)


def welcome(session: Session, signature: Signature, now: datetime) -> Supporter | None:
    """Return the supporter behind a proven signature, made the first time; else None."""
    if signature.confirmed_at is None or signature.email is None:
        return None
    if signature.supporter_id is not None:
        return session.get(Supporter, signature.supporter_id)
    supporter = people.welcome(
        session,
        address=read_address(signature.email),
        first_name=signature.first_name or "",
        last_name=signature.last_name or "",
        lang=signature.lang,
        now=now,
    )
    signature.supporter_id = supporter.id
    consents.prove(session, signature.subject_id, supporter, now)
    return supporter
