"""Targets: offices that a campaign can write to, with their history."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base, one_of


class TargetKind(StrEnum):
    """What sort of office it is."""

    MP = "mp"
    ALLIANCE = "alliance"
    MS = "ms"
    MSP = "msp"
    MLA = "mla"
    MINISTER = "minister"
    COUNCIL = "council"
    LISTED = "listed"


class TargetState(StrEnum):
    """Whether the office can be written to."""

    SITTING = "sitting"
    VACANT = "vacant"
    NO_EMAIL = "no_email"
    OPTED_OUT = "opted_out"
    DISSOLVED = "dissolved"


class Target(Base):
    """Who holds an office for an area, from when to when; the past is kept."""

    __tablename__ = "target"
    __table_args__ = (
        Index(
            "one_current_holder",
            "kind",
            "area_code",
            "place_in_line",
            unique=True,
            sqlite_where=text("valid_to IS NULL"),
            postgresql_where=text("valid_to IS NULL"),
        ),
        CheckConstraint("state <> 'sitting' OR email IS NOT NULL", name="sitting_has_email"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ends_after_start"),
        CheckConstraint("hourly_cap IS NULL OR hourly_cap > 0", name="cap_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TargetKind] = mapped_column(one_of(TargetKind, "kind"))
    area_code: Mapped[str | None] = mapped_column(ForeignKey("area.code"), index=True)
    place_in_line: Mapped[int] = mapped_column(default=1)  #: for areas with several holders
    state: Mapped[TargetState] = mapped_column(one_of(TargetState, "state"))
    name: Mapped[str] = mapped_column(String(120))
    salutation: Mapped[str] = mapped_column(String(120))  #: what follows Dear
    party: Mapped[str | None] = mapped_column(String(60))
    email: Mapped[str | None] = mapped_column(String(254))
    postal: Mapped[str | None] = mapped_column(Text)  #: an office, never a home
    phone: Mapped[str | None] = mapped_column(String(40))
    website: Mapped[str | None] = mapped_column(String(200))
    external_id: Mapped[str | None] = mapped_column(String(40))  #: such as the Members API id
    source: Mapped[str] = mapped_column(String(200))
    checked_on: Mapped[date]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    hourly_cap: Mapped[int | None]
    office_hours: Mapped[dict[str, str] | None] = mapped_column(JSON)  #: London time
    digest_above: Mapped[int | None]  #: letters a day above which one daily list is sent
    paused_at: Mapped[datetime | None]


class TargetPledge(Base):
    """What an office said about a campaign, and who reported it."""

    __tablename__ = "target_pledge"
    __table_args__ = (Index("ix_target_pledge_of", "campaign_id", "target_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id"))
    kind: Mapped[str] = mapped_column(String(24))
    said: Mapped[str | None] = mapped_column(Text)
    reported_by: Mapped[str] = mapped_column(String(24))  #: ``office``, ``supporter`` or ``staff``
    reported_at: Mapped[datetime]
