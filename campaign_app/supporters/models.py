"""Supporters: a random id, a deletable identity, and an append-only ledger of consent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign_app.database import Base, BigKey, one_of
from campaign_app.vault.hashing import KEY_BYTES
from campaign_app.vault.register import Erasure, personal
from campaign_app.vault.sealing import Sealed

IDENTITY_LIFE = "while there is an act or a live permission, and two years more"


class Supporter(Base):
    """A person who proved an address; nothing personal stands here."""

    __tablename__ = "supporter"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    subject_id: Mapped[str] = mapped_column(String(22), unique=True)  #: what evidence calls them
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("supporter.id"))
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    profiling_objected_at: Mapped[datetime | None]

    identity: Mapped[SupporterIdentity | None] = relationship(back_populates="supporter")


def _identity(purpose: str, basis: str = "legitimate interests") -> dict[str, Any]:
    """Return the register's entry of a column of the identity: its row goes with the person."""
    return personal(
        purpose,
        basis=basis,
        seen_by=("staff",),
        kept=IDENTITY_LIFE,
        erasure=Erasure.ROW_REMOVED,
    )


class SupporterIdentity(Base):
    """Who the supporter is and how to reach them; erasing removes the row."""

    __tablename__ = "supporter_identity"

    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporter.id"), primary_key=True)
    email_key: Mapped[bytes] = mapped_column(
        LargeBinary(KEY_BYTES),
        unique=True,
        info=personal(
            "to find a person by address", kept=IDENTITY_LIFE, erasure=Erasure.ROW_REMOVED
        ),
    )
    email_domain: Mapped[str] = mapped_column(
        String(255),
        info=personal(
            "to see which mail providers refuse us",
            kept=IDENTITY_LIFE,
            erasure=Erasure.ROW_REMOVED,
        ),
    )
    first_name: Mapped[str] = mapped_column(
        String(80),
        info=_identity("to write to them by name"),
    )
    last_name: Mapped[str] = mapped_column(
        String(80),
        info=_identity("to write to them by name"),
    )
    email: Mapped[str] = mapped_column(
        Sealed("supporter_identity.email"),
        info=_identity("to write to them", basis="consent"),
    )
    phone: Mapped[str | None] = mapped_column(
        Sealed("supporter_identity.phone"),
        info=_identity("to ring or text them", basis="consent"),
    )
    address: Mapped[str | None] = mapped_column(
        Sealed("supporter_identity.address"),
        info=_identity("to write to them by post", basis="consent"),
    )
    postcode: Mapped[str | None] = mapped_column(
        Sealed("supporter_identity.postcode"),
        info=_identity("to tell them what happens near them", basis="consent"),
    )
    lang: Mapped[str] = mapped_column(String(5))
    proven_at: Mapped[datetime]

    supporter: Mapped[Supporter] = relationship(back_populates="identity")


class Channel(StrEnum):
    """How a person may be reached, or what else they agreed to."""

    EMAIL = "email"
    PHONE = "phone"
    SMS = "sms"
    POST = "post"
    STORY = "story"  #: one's own words, sent to a named target
    ANY = "any"  #: for objections that hold whatever the channel


class Purpose(StrEnum):
    """What a permission is for."""

    UPDATES = "updates"
    STORY_TO_TARGET = "story_to_target"
    STORY_PUBLIC = "story_public"
    PROFILING = "profiling"


class Basis(StrEnum):
    """The lawful basis of a permission."""

    CONSENT = "consent"
    EXPLICIT_CONSENT = "explicit_consent"
    SOFT_OPT_IN = "soft_opt_in"
    LEGITIMATE_INTEREST = "legitimate_interest"


class ConsentKind(StrEnum):
    """What happened to a consent."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SUPPRESSED = "suppressed"
    IMPORTED = "imported"
    STAFF_CHANGED = "staff_changed"


class ConsentEvent(Base):
    """One line of the ledger: only ever added, and holding no personal value."""

    __tablename__ = "consent_event"
    __table_args__ = (
        Index("ix_consent_event_subject", "subject_id", "channel", "purpose", "happened_at"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    subject_id: Mapped[str] = mapped_column(String(22))  #: of an unproven act, or a supporter
    kind: Mapped[ConsentKind] = mapped_column(one_of(ConsentKind, "kind"))
    channel: Mapped[Channel] = mapped_column(one_of(Channel, "channel"))
    purpose: Mapped[Purpose] = mapped_column(one_of(Purpose, "purpose"))
    basis: Mapped[Basis] = mapped_column(one_of(Basis, "basis"))
    proven: Mapped[bool]  #: whether the address was proven; unproven is nothing
    happened_at: Mapped[datetime]  #: when the person chose; a withdrawal wins by this time
    recorded_at: Mapped[datetime]
    # No foreign keys to what every signer shares: PostgreSQL would lock that one row for each
    # of them (decision 0007). Wordings cannot be removed anyway.
    wording_id: Mapped[int | None]
    lang: Mapped[str] = mapped_column(String(5))
    page: Mapped[str] = mapped_column(
        String(120)
    )  #: the page's name, never an address with a token
    campaign_id: Mapped[int | None]
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("consent_event.id"))
    asked_by: Mapped[str] = mapped_column(String(20), default="person")


class Permission(Base):
    """What the ledger comes to for one person, channel and purpose; it can be rebuilt."""

    __tablename__ = "permission"
    __table_args__ = (UniqueConstraint("supporter_id", "channel", "purpose", name="one_standing"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporter.id"))
    channel: Mapped[Channel] = mapped_column(one_of(Channel, "channel"))
    purpose: Mapped[Purpose] = mapped_column(one_of(Purpose, "purpose"))
    granted: Mapped[bool]
    basis: Mapped[Basis] = mapped_column(one_of(Basis, "basis"))
    event_id: Mapped[int] = mapped_column(ForeignKey("consent_event.id"))
    since: Mapped[datetime]


class Suppression(Base):
    """Do not contact: a keyed hash that outlives erasure."""

    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("key", "channel", name="once_per_channel"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    key: Mapped[bytes] = mapped_column(
        LargeBinary(KEY_BYTES),
        info=personal(
            "never to contact again someone who said so",
            basis="legal obligation",
            kept="for good",
            erasure=Erasure.KEPT,
        ),
    )
    channel: Mapped[Channel] = mapped_column(one_of(Channel, "channel"))
    reason: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime]


class DomainStanding(StrEnum):
    """What is known of a mail domain."""

    KNOWN = "known"
    THROWAWAY = "throwaway"
    BLOCKED = "blocked"


class EmailDomainRule(Base):
    """How a mail domain's addresses are folded, and whether it is known or throwaway."""

    __tablename__ = "email_domain_rule"
    __table_args__ = (CheckConstraint("domain = lower(domain)", name="domain_lower"),)

    domain: Mapped[str] = mapped_column(String(255), primary_key=True)
    alias_of: Mapped[str | None] = mapped_column(String(255))
    dots_ignored: Mapped[bool] = mapped_column(default=False)
    plus_ignored: Mapped[bool] = mapped_column(default=False)
    standing: Mapped[DomainStanding | None] = mapped_column(one_of(DomainStanding, "standing"))
