"""Links and codes of a signature: signed when they are needed, never stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions.rules import (
    CONFIRM_LINK_LIFE,
    OWN_PAGE_LIFE,
    THANKS_LIFE,
    UNSUBSCRIBE_LIFE,
)
from campaign_app.errors import LinkRefused
from campaign_app.petitions.models import Signature
from campaign_app.vault import tokens

# Other words than a letter's links, so that a door can tell by the token whose it is.
CONFIRM = "confirm-signature"
THANKS = "thanks-signature"
PROVEN = "proven-signature"
NOT_ME = "not-me-signature"
UNSUBSCRIBE = "unsubscribe-signature"

LIVES = {
    CONFIRM: CONFIRM_LINK_LIFE,
    THANKS: THANKS_LIFE,
    PROVEN: THANKS_LIFE,
    NOT_ME: OWN_PAGE_LIFE,
    UNSUBSCRIBE: UNSUBSCRIBE_LIFE,
}


def thanks(public_id: str, now: datetime) -> str:
    """Return the token of the thank-you page, which needs no look at the row."""
    return tokens.sign(THANKS, public_id, expires=now + THANKS_LIFE)


def link(signature: Signature, purpose: str, now: datetime) -> str:
    """Return the token of one purpose for this signature."""
    bound_to = bound(purpose, signature.email_key, signature.email_version)
    return tokens.sign(
        purpose, signature.public_id, expires=now + LIVES[purpose], bound_to=bound_to
    )


def follow(session: Session, token: str, purpose: str, now: datetime) -> Signature:
    """Return the signature that a link leads to; raises LinkRefused when it does not hold.

    Locks the row where the caller's transaction may write, so ask for it in that one.
    """
    signature = session.scalar(
        select(Signature)
        .where(Signature.public_id == tokens.subject(token))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if signature is None or signature.erased_at is not None:
        raise LinkRefused
    bound_to = bound(purpose, signature.email_key, signature.email_version)
    tokens.verify(token, purpose, now=now, bound_to=bound_to)
    return signature


def bound(purpose: str, email_key: bytes | None, email_version: int) -> bytes:
    """Return what a link dies with: links that were mailed die when the address is mended."""
    return b"" if purpose == THANKS else (email_key or b"") + bytes([email_version % 256])
