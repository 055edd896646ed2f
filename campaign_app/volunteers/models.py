"""Volunteers: advocates, Voices and the campaign group."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base, one_of
from campaign_app.vault.register import personal
from campaign_app.vault.sealing import Sealed


class Role(StrEnum):
    """What a volunteer offers to be."""

    ADVOCATE = "advocate"
    VOICES = "voices"
    CAMPAIGN_GROUP = "campaign_group"


class Stage(StrEnum):
    """How far a volunteer has come."""

    INTERESTED = "interested"
    APPLIED = "applied"
    INTERVIEW = "interview"
    TRAINED = "trained"
    ACTIVE = "active"
    LEFT = "left"


class Volunteer(Base):
    """One person in one role."""

    __tablename__ = "volunteer"
    __table_args__ = (UniqueConstraint("supporter_id", "role", name="one_role_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporter.id"))
    role: Mapped[Role] = mapped_column(one_of(Role, "role"))
    stage: Mapped[Stage] = mapped_column(one_of(Stage, "stage"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("pledge_round.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("wording.id"))
    area_code: Mapped[str | None] = mapped_column(String(9))
    since: Mapped[datetime]
    experience: Mapped[str | None] = mapped_column(
        Sealed("volunteer.experience"),
        info=personal(
            "to find people with the experience that a task needs",
            basis="explicit consent (article 9(2)(a))",
            seen_by=("volunteer staff",),
            kept="while the person volunteers, and three months more",
        ),
    )
