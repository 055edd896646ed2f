"""Fingerprints of the keys in use, so that a lost or changed key is noticed at start."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from campaign_app.database import Base, unless_there
from campaign_app.errors import KeyMissing
from campaign_app.vault.keys import Keys


class KeyFingerprint(Base):
    """What a key looks like from outside; the key itself is never stored."""

    __tablename__ = "key_fingerprint"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime]
    retired_at: Mapped[datetime | None]  #: set once no row is sealed with it any more


def check_keys(session: Session, keys: Keys, now: datetime) -> None:
    """Compare the keys with those seen before and remember new ones.

    Raises KeyMissing when the pepper is another one, or a seal key that rows may still
    need is not given.
    """
    unseen = _compared(session, keys)
    try:
        with unless_there(session):
            session.add_all(
                KeyFingerprint(name=name, fingerprint=value, since=now)
                for name, value in unseen.items()
            )
    except IntegrityError:
        # Web and worker start at one moment: what the other wrote must be ours too.
        if _compared(session, keys):
            raise


def _compared(session: Session, keys: Keys) -> dict[str, str]:
    """Return the fingerprints that were never seen; raises KeyMissing for a lost key."""
    ours = keys.fingerprints()
    for known in session.scalars(select(KeyFingerprint)):
        mine = ours.pop(known.name, None)
        if known.retired_at is None and mine != known.fingerprint:
            raise _lost(known.name)
    return ours


def _lost(name: str) -> KeyMissing:
    if name == "pepper":
        return KeyMissing(
            "CAMPAIGN_PEPPER (or CAMPAIGN_SECRET_KEY, when no pepper is set) is not the one "
            "this database was made with, so nobody's do-not-contact record would be found.",
            "Put the former value back and start again.",
        )
    return KeyMissing(f"The seal key {name.removeprefix('seal-')} is not among CAMPAIGN_SEAL_KEYS.")
