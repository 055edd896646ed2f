"""Frozen snapshots of a petition, so that the same pack can be made again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base, BigKey


class HandinSnapshot(Base):
    """The counts of a petition at one moment, by how they were reached."""

    __tablename__ = "handin_snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    taken_at: Mapped[datetime]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    totals: Mapped[dict[str, Any]] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(default=1)
    sha256: Mapped[str | None] = mapped_column(String(64))


class HandinLine(Base):
    """One signature's place in a snapshot; names are read from the signature itself."""

    __tablename__ = "handin_line"
    __table_args__ = (Index("ix_handin_line_order", "snapshot_id", "position"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("handin_snapshot.id"))
    position: Mapped[int]
    signature_id: Mapped[int] = mapped_column(ForeignKey("signature.id"))
    nation: Mapped[str | None] = mapped_column(String(20))
    pcon: Mapped[str | None] = mapped_column(String(9))
    alliance: Mapped[str | None] = mapped_column(String(9))
