"""Complaints about how we hold data, with the clock that the law sets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base
from campaign_app.vault.register import personal
from campaign_app.vault.sealing import Sealed

COMPLAINT_LIFE = "six years after its outcome"


class Complaint(Base):
    """One complaint: acknowledged within 30 days, then answered."""

    __tablename__ = "complaint"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    email: Mapped[str | None] = mapped_column(
        Sealed("complaint.email"),
        info=personal(
            "to answer", basis="legal obligation", seen_by=("data officer",), kept=COMPLAINT_LIFE
        ),
    )
    words: Mapped[str | None] = mapped_column(
        Sealed("complaint.words"),
        info=personal(
            "to look into it",
            basis="legal obligation",
            seen_by=("data officer",),
            kept=COMPLAINT_LIFE,
        ),
    )
    received_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(40))
