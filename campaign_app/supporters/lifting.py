"""A person who unsubscribed and later says yes again, on an address that is proven to be theirs.

Whoever unsubscribed may have been nobody to us then: only the keyed hash of the address
remembers. When the address is proven, that silence enters the ledger at its own time, and
the ledger decides as always: the latest word stands.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.supporters import consents, suppression
from campaign_app.supporters.models import (
    Basis,
    Channel,
    ConsentEvent,
    ConsentKind,
    Purpose,
    Supporter,
    Suppression,
)

#: What the page of such an event is called, since no page was shown.
PAGE = "do-not-contact list"


def lift_unsubscribed(
    session: Session, supporter: Supporter, canonical: str, lang: str, now: datetime
) -> bool:
    """Let a proven yes that is younger than an unsubscribing end it; answer whether it did.

    Only the person's own unsubscribing can end so: whoever was erased, or told a preference
    service, is asked for more than a box on a form. An older yes stays ended.
    """
    row = suppression.found(session, canonical, Channel.EMAIL)
    if row is None:
        return False
    _tell(session, supporter, row, lang, now)
    stands = _standing(session, supporter)
    if row.reason != suppression.UNSUBSCRIBED or stands is None or stands.happened_at <= row.since:
        return False
    if stands.kind is not ConsentKind.GIVEN or stands.basis not in _EXPLICIT:
        return False
    session.delete(row)
    session.flush()
    return True


_EXPLICIT = frozenset({Basis.CONSENT, Basis.EXPLICIT_CONSENT})


def _standing(session: Session, supporter: Supporter) -> ConsentEvent | None:
    events = session.scalars(
        select(ConsentEvent).where(ConsentEvent.subject_id == supporter.subject_id)
    )
    return consents.standing(events).get((Channel.EMAIL, Purpose.UPDATES))


def _tell(
    session: Session, supporter: Supporter, row: Suppression, lang: str, now: datetime
) -> None:
    told = select(ConsentEvent.id).where(
        ConsentEvent.subject_id == supporter.subject_id,
        ConsentEvent.kind == ConsentKind.SUPPRESSED,
        ConsentEvent.channel == row.channel,
        ConsentEvent.happened_at == row.since,
    )
    if session.scalar(told.limit(1)) is None:
        session.add(_event(supporter, row, lang, now))
        consents.rebuild(session, supporter)


def _event(supporter: Supporter, row: Suppression, lang: str, now: datetime) -> ConsentEvent:
    return ConsentEvent(
        subject_id=supporter.subject_id,
        kind=ConsentKind.SUPPRESSED,
        channel=row.channel,
        purpose=Purpose.UPDATES,
        basis=Basis.CONSENT,
        proven=True,
        happened_at=row.since,
        recorded_at=now,
        lang=lang,
        page=PAGE,
    )
