"""Evidence of staff acts, of removals, and of long-running data jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base, BigKey
from campaign_app.vault.hashing import KEY_BYTES
from campaign_app.vault.register import Erasure, personal


class AuditEntry(Base):
    """One link of the audit chain: what was done, by which account, to which id.

    ``entry_hash`` is SHA-256 over ``prev_hash`` and the entry's other columns.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("entry_hash", name="one_entry_per_hash"),)

    seq: Mapped[int] = mapped_column(BigKey, primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None]  #: staff id; None for the system itself
    act: Mapped[str] = mapped_column(String(60))
    object_kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)  #: codes and counts only
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    entry_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class RetentionRun(Base):
    """What a retention run removed, by rule."""

    __tablename__ = "retention_run"
    __table_args__ = (CheckConstraint("removed >= 0", name="removed_not_negative"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    rule: Mapped[str] = mapped_column(String(60))
    cutoff: Mapped[datetime]
    ran_at: Mapped[datetime]
    removed: Mapped[int]


class ErasureJournal(Base):
    """Who was erased, by keyed hash, so that a restored backup can be erased again."""

    __tablename__ = "erasure_journal"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    email_key: Mapped[bytes] = mapped_column(
        LargeBinary(KEY_BYTES),
        info=personal(
            "to erase again what a restored backup brings back",
            basis="legal obligation",
            kept="as long as backups are kept",
            erasure=Erasure.KEPT,
        ),
    )
    erased_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(20))  #: ``person``, ``staff`` or ``retention``
