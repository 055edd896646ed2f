"""Areas by their ONS codes, what sources said of postcodes, and how old each source is."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base, one_of


class AreaKind(StrEnum):
    """What sort of area a code stands for."""

    NATION = "nation"
    CONSTITUENCY = "constituency"
    ALLIANCE = "alliance"
    COUNCIL = "council"
    SENEDD = "senedd"
    HOLYROOD = "holyrood"
    ASSEMBLY = "assembly"


class Area(Base):
    """An area; its code is the key, its names are for showing only."""

    __tablename__ = "area"
    __table_args__ = (
        Index("ix_area_kind_name", "kind", "name"),
        CheckConstraint("population IS NULL OR population >= 0", name="population_not_negative"),
    )

    code: Mapped[str] = mapped_column(String(9), primary_key=True)
    kind: Mapped[AreaKind] = mapped_column(one_of(AreaKind, "kind"))
    name: Mapped[str] = mapped_column(String(120))
    name_cy: Mapped[str | None] = mapped_column(String(120))
    nation: Mapped[str | None] = mapped_column(String(20))
    region: Mapped[str | None] = mapped_column(String(40))
    website: Mapped[str | None] = mapped_column(String(200))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    population: Mapped[int | None]  #: mid-2022
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    successor_code: Mapped[str | None] = mapped_column(ForeignKey("area.code"))


class AreaWithin(Base):
    """An area that lies wholly in a larger one, such as a Westminster seat in a Senedd seat."""

    __tablename__ = "area_within"

    inner_code: Mapped[str] = mapped_column(ForeignKey("area.code"), primary_key=True)
    outer_code: Mapped[str] = mapped_column(ForeignKey("area.code"), primary_key=True)


class PostcodeAnswer(Base):
    """What a source said about one postcode, and when; no person is in it."""

    __tablename__ = "postcode_answer"

    compact: Mapped[str] = mapped_column(String(7), primary_key=True)  #: such as ``SE12DL``
    status: Mapped[str] = mapped_column(String(12))  #: a ``places.answers.Status``
    nation: Mapped[str | None] = mapped_column(String(20))
    pcon: Mapped[str | None] = mapped_column(String(9))
    alliance: Mapped[str | None] = mapped_column(String(9))
    council: Mapped[str | None] = mapped_column(String(9))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    source: Mapped[str] = mapped_column(String(24))
    as_of: Mapped[datetime]


class DataSource(Base):
    """How old a source of facts is: a directory, a list of MPs, a boundary file."""

    __tablename__ = "data_source"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    as_of: Mapped[date]
    loaded_at: Mapped[datetime]
    rows: Mapped[int | None]
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    note: Mapped[str | None] = mapped_column(String(200))
