"""The invented targets of a demonstration: nobody real, and no address that could be reached."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.targets.addresses import target_address
from campaign_app.targets.models import Target, TargetKind, TargetState

SOURCE = "demonstration"
PARLIAMENT = "House of Commons, London SW1A 0AA"
VACANT = frozenset({"E14001082", "E14001231"})  #: Beaconsfield HP10 0AA, Exeter EX2 5DW
WITHOUT_EMAIL = frozenset({"E14001566"})  #: Warwick and Leamington CV34 5AW

# First names that could be anybody's; with the surname Example nobody can take them for real.
_FIRST_NAMES = (
    *("Alex", "Ash", "Bela", "Billie", "Casey", "Charlie", "Dara", "Devon", "Eden", "Ellis"),
    *("Frankie", "Harley", "Jamie", "Jo", "Kai", "Kit", "Lee", "Logan", "Morgan", "Nico"),
    *("Pat", "Quinn", "Robin", "Rowan", "Sam", "Sasha", "Taylor", "Toni", "Val", "Wren"),
)


class TargetArea(Protocol):
    """What we need to know of an area; rows of ``places`` are such areas."""

    @property
    def code(self) -> str:
        """Its ONS code."""

    @property
    def kind(self) -> str:
        """Its kind: ``constituency`` and ``alliance`` get a target, others none."""

    @property
    def name(self) -> str:
        """Its name to show."""


def load_demo_targets(session: Session, areas: Iterable[TargetArea], today: date) -> None:
    """Give every constituency an invented MP and every Cancer Alliance an invented address.

    So that each page can be tried, two seats are vacant: E14001082 Beaconsfield (try HP10 0AA)
    and E14001231 Exeter (try EX2 5DW). One MP has no email: E14001566 Warwick and Leamington
    (try CV34 5AW). All addresses end in ``.demo.invalid``. Run again, it adds nothing: an area
    that has a current holder keeps it. The areas must be in the database.
    """
    taken = _current_offices(session)
    wanted = (_target(area, today) for area in areas)
    session.add_all(
        target
        for target in wanted
        if target is not None and (target.kind, target.area_code) not in taken
    )
    session.flush()


def _current_offices(session: Session) -> set[tuple[TargetKind, str | None]]:
    rows = session.execute(select(Target.kind, Target.area_code).where(Target.valid_to.is_(None)))
    return {(kind, code) for kind, code in rows}


def _target(area: TargetArea, today: date) -> Target | None:
    if area.kind == "alliance":
        return _alliance(area, today)
    if area.kind == "constituency":
        return _vacant(area, today) if area.code in VACANT else _mp(area, today)
    return None


def _mp(area: TargetArea, today: date) -> Target:
    name = f"{_FIRST_NAMES[int(area.code[-4:]) % len(_FIRST_NAMES)]} Example"
    reachable = area.code not in WITHOUT_EMAIL
    return Target(
        kind=TargetKind.MP,
        area_code=area.code,
        state=TargetState.SITTING if reachable else TargetState.NO_EMAIL,
        name=f"{name} (demonstration MP)",
        salutation=f"{name} MP",
        email=_address("mp", area, "parliament") if reachable else None,
        postal=PARLIAMENT,
        source=SOURCE,
        checked_on=today,
        valid_from=today,
    )


def _vacant(area: TargetArea, today: date) -> Target:
    return Target(
        kind=TargetKind.MP,
        area_code=area.code,
        state=TargetState.VACANT,
        name="No MP at the moment (demonstration)",
        salutation="Member of Parliament",
        source=SOURCE,
        checked_on=today,
        valid_from=today,
    )


def _alliance(area: TargetArea, today: date) -> Target:
    return Target(
        kind=TargetKind.ALLIANCE,
        area_code=area.code,
        state=TargetState.SITTING,
        name=f"{area.name} Cancer Alliance (demonstration)",
        salutation=f"{area.name} Cancer Alliance",
        email=_address("alliance", area, "alliances"),
        source=SOURCE,
        checked_on=today,
        valid_from=today,
    )


def _address(office: str, area: TargetArea, place: str) -> str:
    return target_address(f"{office}.{area.code.lower()}@{place}.demo.invalid")
