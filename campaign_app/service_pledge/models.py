"""The Service Pledge: hospitals, the rounds they took part in, and what got better."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base, one_of


class Hospital(Base):
    """A hospital whose breast service took part."""

    __tablename__ = "hospital"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    trust: Mapped[str | None] = mapped_column(String(160))
    postcode: Mapped[str | None] = mapped_column(String(8))  #: of a public building
    alliance: Mapped[str | None] = mapped_column(ForeignKey("area.code"), index=True)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    website: Mapped[str | None] = mapped_column(String(200))


class PledgeRound(Base):
    """One round of the programme in one part of the country."""

    __tablename__ = "pledge_round"
    __table_args__ = (UniqueConstraint("years", "region", name="region_once_in_years"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    years: Mapped[str] = mapped_column(String(12))
    region: Mapped[str] = mapped_column(String(120))
    stated_total: Mapped[str | None] = mapped_column(String(200))  #: the charity's own words
    stated_on: Mapped[date | None]
    sponsors: Mapped[dict[str, str] | None] = mapped_column(JSON)


class HospitalRound(Base):
    """A hospital's part in a round, and its action plan where we hold it."""

    __tablename__ = "hospital_round"

    hospital_id: Mapped[int] = mapped_column(ForeignKey("hospital.id"), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("pledge_round.id"), primary_key=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))


class ImprovementState(StrEnum):
    """How far an improvement has come."""

    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"


class Improvement(Base):
    """Something that got better at a hospital, with its source and date."""

    __tablename__ = "improvement"

    id: Mapped[int] = mapped_column(primary_key=True)
    hospital_id: Mapped[int] = mapped_column(ForeignKey("hospital.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("pledge_round.id"))
    markdown: Mapped[dict[str, str]] = mapped_column(JSON)
    state: Mapped[ImprovementState] = mapped_column(one_of(ImprovementState, "state"))
    source: Mapped[str] = mapped_column(Text)
    dated_on: Mapped[date]
