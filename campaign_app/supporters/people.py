"""Supporters come to be when an address is proven, never before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaign_app.database import unless_there
from campaign_app.supporters.addresses import EmailAddress
from campaign_app.supporters.models import Supporter, SupporterIdentity
from campaign_app.vault.tokens import random_id


def known(session: Session, email_key: bytes) -> Supporter | None:
    """Return the supporter of an address, or None."""
    return session.scalar(
        select(Supporter)
        .join(SupporterIdentity)
        .where(SupporterIdentity.email_key == email_key, Supporter.erased_at.is_(None))
    )


def welcome(
    session: Session,
    *,
    address: EmailAddress,
    first_name: str,
    last_name: str,
    lang: str,
    now: datetime,
) -> Supporter:
    """Return the supporter of a proven address, creating them the first time."""
    found = known(session, address.key)
    if found is not None:
        return found
    try:
        with unless_there(session):
            return _create(session, address, first_name, last_name, lang, now)
    except IntegrityError:
        # Another act of the same person was proven at this very moment.
        return session.execute(
            select(Supporter)
            .join(SupporterIdentity)
            .where(SupporterIdentity.email_key == address.key)
        ).scalar_one()


def _create(
    session: Session,
    address: EmailAddress,
    first_name: str,
    last_name: str,
    lang: str,
    now: datetime,
) -> Supporter:
    supporter = Supporter(subject_id=random_id(), created_at=now)
    supporter.identity = SupporterIdentity(
        email=address.written,
        email_key=address.key,
        email_domain=address.domain,
        first_name=first_name,
        last_name=last_name,
        lang=lang,
        proven_at=now,
    )
    session.add(supporter)
    session.flush()
    return supporter
