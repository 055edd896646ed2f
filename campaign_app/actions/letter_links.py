"""Links and codes of a letter: signed when they are needed, never stored."""

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
from campaign_app.letters.models import Letter
from campaign_app.vault import tokens

CONFIRM = "confirm"
THANKS = "thanks"
PROVEN = "proven"
OWN_PAGE = "own-page"
NOT_ME = "not-me"
UNSUBSCRIBE = "unsubscribe"

LIVES = {
    CONFIRM: CONFIRM_LINK_LIFE,
    THANKS: THANKS_LIFE,
    PROVEN: THANKS_LIFE,
    OWN_PAGE: OWN_PAGE_LIFE,
    NOT_ME: OWN_PAGE_LIFE,
    UNSUBSCRIBE: UNSUBSCRIBE_LIFE,
}


def link(letter: Letter, purpose: str, now: datetime) -> str:
    """Return the token of one purpose for this letter."""
    return tokens.sign(
        purpose, letter.public_id, expires=now + LIVES[purpose], bound_to=_bound(letter, purpose)
    )


def follow(session: Session, token: str, purpose: str, now: datetime) -> Letter:
    """Return the letter that a link leads to; raises LinkRefused when it does not hold."""
    letter = session.scalar(
        select(Letter)
        .where(Letter.public_id == tokens.subject(token))
        # The worker adds rows that point to a letter while it holds one of its messages, so
        # the letter is locked in the way that such rows need not wait for.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if letter is None or letter.erased_at is not None:
        raise LinkRefused
    tokens.verify(token, purpose, now=now, bound_to=_bound(letter, purpose))
    return letter


def _bound(letter: Letter, purpose: str) -> bytes:
    """Return what a link dies with: links that were mailed die when the address is mended."""
    if purpose == THANKS:
        return b""
    return (letter.email_key or b"") + bytes([letter.email_version % 256])
