"""What sources say, for tests of targets; everybody is invented."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.places.models import Area, AreaKind
from campaign_app.targets.changes import Difference, Holder, Unnamed
from campaign_app.targets.models import Target, TargetKind, TargetState
from campaign_app.targets.sync import apply, difference, vacancy

SEAT = "E14001085"
TODAY = date(2026, 11, 20)
LATER = date(2026, 12, 1)


def holder(name: str = "Alex Example MP", area: str = SEAT, **changes: Any) -> Holder:  # noqa: ANN401
    """A sitting MP with an address, unless said otherwise."""
    email = f"{name.split(maxsplit=1)[0].lower()}@parliament.uk"
    given: dict[str, Any] = {
        "kind": TargetKind.MP,
        "area_code": area,
        "state": TargetState.SITTING,
        "name": name,
        "salutation": name,
        "email": email,
        "source": "test",
        "checked_on": TODAY,
    }
    return Holder(**given | changes)


def without_email(name: str = "Alex Example MP", area: str = SEAT) -> Holder:
    """A sitting MP without an address."""
    return holder(name, area, email=None, state=TargetState.NO_EMAIL)


def vacant(area: str = SEAT) -> Holder:
    """A seat that nobody holds."""
    return vacancy(TargetKind.MP, area, "test", TODAY, name="No MP at the moment")


def add_seats(session: Session, *codes: str) -> None:
    """Put constituencies into the table of areas."""
    session.add_all(Area(code=code, kind=AreaKind.CONSTITUENCY, name=code) for code in codes)
    session.flush()


def said(session: Session, *holders: Holder, today: date = TODAY, **options: Any) -> Difference:  # noqa: ANN401
    """Compare and apply what a source says; return what was different."""
    unnamed = options.pop("unnamed", Unnamed.MISSING)
    kind = options.pop("kind", TargetKind.MP)
    found = difference(session, kind, holders, unnamed)
    apply(session, found, today, yes=options.pop("yes", True))
    session.flush()
    return found


def words(found: Difference) -> list[str]:
    """The lines of a difference, as short texts."""
    return [
        f"{line.what}: {line.name}{' ' if line.fields else ''}{','.join(line.fields)}"
        for line in found.lines
    ]


def rows(session: Session, area: str = SEAT) -> list[Target]:
    """Every row of an area, the ended ones too, oldest first."""
    found = select(Target).where(Target.area_code == area)
    ordered = found.order_by(Target.valid_to.is_(None), Target.id)
    return list(session.scalars(ordered.execution_options(populate_existing=True)))


def now_at(session: Session, area: str = SEAT) -> Target:
    """The current row of an area."""
    (row,) = (row for row in rows(session, area) if row.valid_to is None)
    return row
