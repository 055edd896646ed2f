"""Areas: nations, constituencies and Cancer Alliances, by their ONS codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.places.answers import Nation
from campaign_app.places.facts import Facts, facts
from campaign_app.places.models import Area, AreaKind, DataSource

# Names in Welsh: Welsh Government's own usage.
_NATIONS = (
    ("E92000001", Nation.ENGLAND, "Lloegr"),
    ("S92000003", Nation.SCOTLAND, "Yr Alban"),
    ("W92000004", Nation.WALES, "Cymru"),
    ("N92000002", Nation.NORTHERN_IRELAND, "Gogledd Iwerddon"),
)
_NATION_BY_LETTER = {code[0]: nation for code, nation, _ in _NATIONS}
_CODE = re.compile(r"[ENSW](?!99999999)\d{8}", re.ASCII)


def load_areas(session: Session, now: datetime) -> None:
    """Fill the table of areas from the facts that come with the platform.

    4 nations, 650 constituencies and 20 Cancer Alliances, and for each table of facts a row
    that says how old it is. Run again, it brings rows up to date and adds none.
    """
    seats, alliances = facts("areas"), facts("alliances")
    _put(session, _nations())
    _put(session, map(_constituency, seats.rows))
    _put(session, map(_alliance, alliances.rows))
    session.merge(_data_source("constituencies", seats, now))
    session.merge(_data_source("cancer alliances", alliances, now))
    session.merge(_data_source("demo directory", facts("demo_postcodes"), now))
    session.flush()


def areas_of(session: Session, *kinds: AreaKind) -> Sequence[Area]:
    """Return all areas of some kinds that are still valid, by name."""
    wanted = select(Area).where(Area.kind.in_(kinds), Area.valid_to.is_(None))
    return session.scalars(wanted.order_by(Area.name, Area.code)).all()


def area_name(session: Session, code: str, *, lang: str = "en") -> str | None:
    """Return an area's name to show, in Welsh where there is one; None for an unknown code."""
    area = session.get(Area, code)
    if area is None:
        return None
    return (area.name_cy or area.name) if lang == "cy" else area.name


def nation_of(code: str) -> Nation | None:
    """Return the nation that an ONS code belongs to; None for pseudo codes and other text."""
    return _NATION_BY_LETTER[code[0]] if _CODE.fullmatch(code) else None


def _put(session: Session, areas: Iterable[Area]) -> None:
    # One query for all: merging a new row would ask for each.
    known = {area.code: area for area in session.scalars(select(Area))}
    for area in areas:
        if area.code in known:
            session.merge(area)
        else:
            session.add(area)


def _nations() -> Iterator[Area]:
    for code, nation, name_cy in _NATIONS:
        yield Area(
            code=code, kind=AreaKind.NATION, name=nation.value, name_cy=name_cy, nation=nation.value
        )


def _constituency(row: Mapping[str, str]) -> Area:
    return Area(
        code=row["code"],
        kind=AreaKind.CONSTITUENCY,
        name=row["name"].strip(),
        name_cy=row["name_cy"].strip() or None,
        nation=row["nation"],
        region=row["region"] or None,
        lat=float(row["lat"]),
        lon=float(row["lon"]),
        population=int(row["population_mid_2022"]),
        valid_from=date(2024, 7, 4),
    )


def _alliance(row: Mapping[str, str]) -> Area:
    return Area(
        code=row["code"],
        kind=AreaKind.ALLIANCE,
        name=row["name"].strip(),
        nation=Nation.ENGLAND.value,
        website=_website(row),
    )


def _website(row: Mapping[str, str]) -> str | None:
    # An address that nobody has seen in a source would be a guess.
    seen = row["website_seen_in_a_source"] == "yes"
    return f"https://{row['website']}" if seen and row["website"] else None


def _data_source(name: str, table: Facts, now: datetime) -> DataSource:
    return DataSource(
        name=name,
        as_of=table.as_of,
        loaded_at=now,
        rows=len(table.rows),
        sha256=table.sha256,
        note="comes with the platform; see campaign_app/places/data/ATTRIBUTION.md",
    )
