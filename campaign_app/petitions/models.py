"""Signatures and their counts: confirmed rows take a place, counts are folded from deltas."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base, BigKey, one_of
from campaign_app.evidence.acts import ACT_LIFE, Act
from campaign_app.vault.hashing import KEY_BYTES
from campaign_app.vault.register import personal
from campaign_app.vault.sealing import Sealed


class SignatureState(StrEnum):
    """Whether a signature counts."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    HELD = "held"
    INVALIDATED = "invalidated"
    DUPLICATE = "duplicate"  #: the same person, or a third one at an address, signed before
    EXPIRED = "expired"


COUNTED = text("counted_on IS NOT NULL")
SUPPORTED = text("supporter_id IS NOT NULL")
INVALIDATED = text("invalidation_id IS NOT NULL")
PROVEN_ALONE = text("confirmed_at IS NOT NULL AND supporter_id IS NULL AND erased_at IS NULL")


class Signature(Act, Base):
    """One name under a petition; ``slot`` tells two people at one address apart.

    ``counted_on`` is the London day on which it counts, and None while it does not count: the
    public number is how many rows have a day. A confirmed row always has one. Campaign, version
    and notice are no foreign keys here: those would lock one shared row for each signer.
    """

    __tablename__ = "signature"
    __table_args__ = (
        Index(
            "one_signature_per_slot",
            "campaign_id",
            "email_key",
            "slot",
            unique=True,
            sqlite_where=COUNTED,
            postgresql_where=COUNTED,
        ),
        Index(
            "one_signature_per_person",
            "campaign_id",
            "person_key",
            unique=True,
            sqlite_where=COUNTED,
            postgresql_where=COUNTED,
        ),
        Index("ix_signature_address", "campaign_id", "email_key", "mail_due_at"),
        Index("ix_signature_network", "network_key", "created_at"),
        Index("ix_signature_waiting", "campaign_id", "state", "created_at"),
        Index(
            "ix_signature_unwelcomed",
            "confirmed_at",
            sqlite_where=PROVEN_ALONE,
            postgresql_where=PROVEN_ALONE,
        ),
        Index(
            "ix_signature_supporter_id",
            "supporter_id",
            sqlite_where=SUPPORTED,
            postgresql_where=SUPPORTED,
        ),
        Index(
            "ix_signature_invalidation_id",
            "invalidation_id",
            sqlite_where=INVALIDATED,
            postgresql_where=INVALIDATED,
        ),
        CheckConstraint("slot BETWEEN 0 AND 1", name="two_people_at_most"),
        CheckConstraint("state <> 'confirmed' OR counted_on IS NOT NULL", name="confirmed_counts"),
        CheckConstraint(
            "counted_on IS NULL OR state IN ('pending', 'confirmed')", name="others_do_not_count"
        ),
    )

    campaign_id: Mapped[int] = mapped_column()
    version_id: Mapped[int | None] = mapped_column()
    notice_id: Mapped[int | None] = mapped_column()
    supporter_id: Mapped[int | None] = mapped_column(ForeignKey("supporter.id"))

    state: Mapped[SignatureState] = mapped_column(one_of(SignatureState, "state"))
    counted_on: Mapped[date | None]
    slot: Mapped[int] = mapped_column(default=0)
    mail_due_at: Mapped[datetime | None]  #: when its newest mail left or may leave
    mails: Mapped[int] = mapped_column(default=0)  #: how many were queued for it
    code_issued_at: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
    email_version: Mapped[int] = mapped_column(default=0)  #: links to a mended address die
    country: Mapped[str | None] = mapped_column(String(2))
    show_name: Mapped[bool] = mapped_column(default=False)
    reason_state: Mapped[str | None] = mapped_column(String(16))
    invalidation_id: Mapped[int | None] = mapped_column(ForeignKey("invalidation.id"))

    email: Mapped[str | None] = mapped_column(
        Sealed("signature.email"), info=personal("to confirm the signature", kept=ACT_LIFE)
    )
    postcode: Mapped[str | None] = mapped_column(
        Sealed("signature.postcode"), info=personal("to tell people apart", kept=ACT_LIFE)
    )
    postcode_key: Mapped[bytes | None] = mapped_column(
        LargeBinary(KEY_BYTES),
        info=personal("to see that two people at one address live together", kept=ACT_LIFE),
    )
    reason: Mapped[str | None] = mapped_column(
        Sealed("signature.reason"),
        info=personal(
            "to be shown, once approved",
            basis="explicit consent (article 9(2)(a))",
            seen_by=("moderator", "public"),
            kept=ACT_LIFE,
        ),
    )


class Invalidation(Base):
    """A saved query that takes signatures out of the count, and can be undone."""

    __tablename__ = "invalidation"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    summary: Mapped[str] = mapped_column(String(200))
    query: Mapped[dict[str, Any]] = mapped_column(JSON)  #: whole addresses as keyed hashes
    state: Mapped[str] = mapped_column(String(16))
    matched: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    last_id: Mapped[int] = mapped_column(BigInteger, default=0)  #: how far the batches have come
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]


class PaperBatch(Base):
    """Signatures collected on paper, or the total brought from a former platform."""

    __tablename__ = "paper_batch"
    __table_args__ = (CheckConstraint("signatures > 0", name="signatures_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))  #: ``paper`` or ``opening``
    collected_by: Mapped[str] = mapped_column(String(120))
    collected_where: Mapped[str] = mapped_column(String(120))
    collected_on: Mapped[date]
    area_code: Mapped[str | None] = mapped_column(ForeignKey("area.code"))
    signatures: Mapped[int]
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    entered_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None]


class CountDelta(Base):
    """One step of a count; the hot path only ever adds rows here.

    The places are rows of the published tables already: a code, or ``unknown``, ``outside``
    or ``paper``. A step of 0 counts nothing; it makes every case write the same rows.
    """

    __tablename__ = "count_delta"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    campaign_id: Mapped[int]  #: no foreign key: it would lock the campaign's row for each signer
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(8))  #: ``online``, ``paper`` or ``opening``
    nation: Mapped[str | None] = mapped_column(String(20))
    pcon: Mapped[str | None] = mapped_column(String(9))
    alliance: Mapped[str | None] = mapped_column(String(9))
    source: Mapped[str | None] = mapped_column(String(60))
    step: Mapped[int]


class CountTotal(Base):
    """A folded count: by day, nation, constituency, alliance or source, or of a whole kind."""

    __tablename__ = "count_total"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(60), primary_key=True)
    n: Mapped[int]
    folded_at: Mapped[datetime]


class CountRepair(Base):
    """A mismatch that a recount found, and what was done about it."""

    __tablename__ = "count_repair"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    dimension: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(String(60))
    stored: Mapped[int]
    recounted: Mapped[int]
    found_at: Mapped[datetime]
    note: Mapped[str | None] = mapped_column(Text)


class SignatureUpdate(Base):
    """An update that goes to signers who asked for it; the unique row stops a second one."""

    __tablename__ = "signature_update"
    __table_args__ = (UniqueConstraint("news_item_id", "signature_id", name="once_per_signer"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    news_item_id: Mapped[int] = mapped_column(ForeignKey("news_item.id"))
    signature_id: Mapped[int] = mapped_column(ForeignKey("signature.id"))
    queued_at: Mapped[datetime]
