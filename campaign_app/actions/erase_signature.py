"""Act: erase one signature, or say that it is not one's own. The person goes, the count stays."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app.actions import signature_messages
from campaign_app.evidence.models import ErasureJournal
from campaign_app.petitions.counting import stop_counting
from campaign_app.petitions.models import Signature, SignatureState
from campaign_app.supporters import consents
from campaign_app.supporters.models import Supporter

PERSONAL = (
    "first_name",
    "last_name",
    "email",
    "email_domain",
    "email_key",
    "person_key",
    "postcode",
    "postcode_key",
    "outcode",
    "network_key",
    "reason",
    "reason_state",
    "supporter_id",
    "mail_due_at",
    "code_issued_at",
)


def erase(session: Session, signature: Signature, now: datetime, *, asked_by: str) -> None:
    """Take the person out of a signature for good; a second time changes nothing.

    A signature that counts goes on counting, in the same areas. ``asked_by`` is ``person``,
    ``staff`` or ``retention``.
    """
    if signature.erased_at is not None:
        return
    signature_messages.stop_all(session, signature, reason="erased", now=now)
    if signature.email_key is not None and asked_by != "retention":
        session.add(ErasureJournal(email_key=signature.email_key, erased_at=now, asked_by=asked_by))
    if signature.counted_on is None:
        signature.state = SignatureState.EXPIRED
    for name in PERSONAL:
        setattr(signature, name, None)
    signature.show_name = False
    signature.erased_at = now
    session.flush()


def not_me(session: Session, signature: Signature, now: datetime) -> None:
    """Stop a signature that someone else made with this address, and forget it.

    It never counts again, and no consent in it was ever given.
    """
    if signature.erased_at is not None:
        return
    supporter = session.get(Supporter, signature.supporter_id) if signature.supporter_id else None
    consents.disown(session, signature.subject_id, supporter, now)
    stop_counting(session, [signature.id], SignatureState.EXPIRED)
    erase(session, signature, now, asked_by="person")
