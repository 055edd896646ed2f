"""Counted steps of journeys, without people in them, and export jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base, BigKey


class StepCount(Base):
    """How often a step of a journey was taken; rows are only added, a task folds them."""

    __tablename__ = "step_count"
    __table_args__ = (Index("ix_step_count_of", "campaign_id", "hour", "step"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    hour: Mapped[datetime]
    step: Mapped[str] = mapped_column(String(40))
    source: Mapped[str | None] = mapped_column(String(60))
    n: Mapped[int]


class ExportJob(Base):
    """A named export: who asked for what and why; its file is gone after 24 hours."""

    __tablename__ = "export_job"
    __table_args__ = (CheckConstraint("rows_done >= 0", name="rows_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    purpose: Mapped[str] = mapped_column(String(40))
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    rows_done: Mapped[int] = mapped_column(default=0)
    rows_in_all: Mapped[int | None]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
