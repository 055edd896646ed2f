"""Act: put the 16 Senedd seats into the table of areas, and say which Westminster seats they hold.

Members of the Senedd belong to areas that no postcode directory names; each is made of two
Westminster seats, so the seat of a postcode says which of them it lies in.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.errors import WrongState
from campaign_app.places.answers import Nation
from campaign_app.places.models import Area, AreaKind, AreaWithin, DataSource
from campaign_app.targets.senedd import AS_OF, SeneddTable

SOURCE = "senedd seats"


def load_senedd(session: Session, table: SeneddTable, now: datetime) -> int:
    """Put the seats in and return how many there are; done again, it adds nothing.

    Raises WrongState while the Westminster seats are not in the table of areas.
    """
    _refuse_unknown(session, table)
    for code, name in {pair.senedd: pair.name for pair in table.pairs}.items():
        session.merge(_area(code, name))
    session.flush()
    for pair in table.pairs:
        session.merge(AreaWithin(inner_code=pair.pcon, outer_code=pair.senedd))
    seats = len({pair.senedd for pair in table.pairs})
    session.merge(
        DataSource(name=SOURCE, as_of=AS_OF, loaded_at=now, rows=seats, sha256=table.sha256)
    )
    session.flush()
    return seats


def senedd_seat_of(session: Session, pcon: str) -> str | None:
    """Return the Senedd seat that a Westminster seat lies in; None outside Wales."""
    outer = (
        select(AreaWithin.outer_code)
        .join(Area, Area.code == AreaWithin.outer_code)
        .where(AreaWithin.inner_code == pcon, Area.kind == AreaKind.SENEDD)
    )
    return session.scalar(outer)


def _refuse_unknown(session: Session, table: SeneddTable) -> None:
    wanted = {pair.pcon for pair in table.pairs}
    known = set(session.scalars(select(Area.code).where(Area.code.in_(wanted))))
    if missing := sorted(wanted - known):
        raise WrongState(
            f"The table of areas lacks {len(missing)} Westminster seats, such as {missing[0]}.",
            "Load the areas first.",
        )


def _area(code: str, name: str) -> Area:
    return Area(
        code=code,
        kind=AreaKind.SENEDD,
        name=name,
        name_cy=name,
        nation=Nation.WALES.value,
        valid_from=AS_OF,
    )
