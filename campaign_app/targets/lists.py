"""Lists of representatives that somebody keeps as a table: one line for each office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from campaign_app.targets.addresses import NotAnAddress, target_address
from campaign_app.targets.changes import Holder, Where
from campaign_app.targets.models import Target, TargetKind, TargetState
from campaign_app.targets.sheets import Faults, Line, read_sheet
from campaign_app.targets.sync import vacancy

NEEDED = ("area", "name", "email", "source", "checked_on")
ALLOWED = (
    *("place", "state", "salutation", "party", "postal", "phone", "website", "external_id"),
    "area_name",
)
ALLIANCE_NEEDED = ("code", "email", "source", "checked_on")
ALLIANCE_ALLOWED = ("postal", "phone", "website", "name")

NOBODY = "Nobody at the moment"
MOST_PLACES = 99

#: The kind of area that each kind of office stands for; a fixed list may stand for any.
AREA_KINDS = {
    TargetKind.MP: "constituency",
    TargetKind.ALLIANCE: "alliance",
    TargetKind.MS: "senedd",
    TargetKind.MSP: "holyrood",
    TargetKind.MLA: "assembly",
    TargetKind.COUNCIL: "council",
    TargetKind.MINISTER: "nation",
}
WITHOUT_AREA = frozenset({TargetKind.MINISTER, TargetKind.LISTED})

_LONGEST = {
    "name": 120,
    "salutation": 120,
    "party": 60,
    "postal": 500,
    "phone": 40,
    "website": 200,
    "external_id": 40,
    "source": 200,
}
# An office that is dissolved is made so by its own command, for all at once.
_STATES = {
    "": None,
    "sitting": TargetState.SITTING,
    "vacant": TargetState.VACANT,
    "no_email": TargetState.NO_EMAIL,
    "opted_out": TargetState.OPTED_OUT,
}


def read_list(
    path: Path, kind: TargetKind, areas: Mapping[str, str], today: date
) -> tuple[list[Holder], str]:
    """Return every office in a table and the encoding that it was read in.

    ``areas`` gives the name of each ONS code that this kind of office can stand for. Raises
    BadSheet with all faults and their lines, so that nothing is half done.
    """
    sheet = read_sheet(path, needed=NEEDED, allowed=ALLOWED)
    faults = Faults()
    holders = [_office(line, kind, areas, today, faults) for line in sheet.lines]
    _refuse_doubles(sheet.lines, holders, faults)
    faults.refuse()
    return [holder for holder in holders if holder is not None], sheet.encoding


def read_alliances(path: Path, names: Mapping[str, str], today: date) -> tuple[list[Holder], str]:
    """Return the alliances in a table and its encoding; ``names`` gives each code's name.

    Raises BadSheet with all faults and their lines.
    """
    sheet = read_sheet(path, needed=ALLIANCE_NEEDED, allowed=ALLIANCE_ALLOWED)
    faults = Faults()
    holders = [_alliance(line, names, today, faults) for line in sheet.lines]
    _refuse_doubles(sheet.lines, holders, faults)
    faults.refuse()
    return [holder for holder in holders if holder is not None], sheet.encoding


def alliance(code: str, name: str, cells: Mapping[str, str | None], checked_on: date) -> Holder:
    """Return how an alliance can be reached; ``cells`` are columns of a table."""
    shown = f"{name} Cancer Alliance"
    email = cells.get("email") or None
    return Holder(
        kind=TargetKind.ALLIANCE,
        area_code=code,
        state=TargetState.SITTING if email else TargetState.NO_EMAIL,
        name=shown,
        salutation=shown,
        email=email,
        postal=cells.get("postal") or None,
        phone=cells.get("phone") or None,
        website=cells.get("website") or None,
        source=cells.get("source") or "",
        checked_on=checked_on,
    )


def refuse_older(holders: Sequence[Holder], current: Sequence[Target]) -> None:
    """Raise BadSheet when we hold a later check of an office than the table does."""
    rows = {(row.area_code, row.place_in_line): row for row in current}
    faults = Faults()
    for holder in holders:
        row = rows.get(holder.where)
        if row and holder.checked_on < row.checked_on:
            faults.found.append(
                f"{holder.area_code or holder.name}: it was checked on {holder.checked_on}, "
                f"and we hold a check of {row.checked_on}."
            )
    faults.refuse()


def _alliance(line: Line, names: Mapping[str, str], today: date, faults: Faults) -> Holder | None:
    checked_on = _common(line, today, faults)
    code = line["code"].upper()
    if code not in names:
        faults.add(line, "code", f"{code or 'nothing'} is no Cancer Alliance that we know.")
        return None
    cells = {**line.cells, "email": _email(line, faults)}
    return alliance(code, names[code], cells, checked_on)


def _office(
    line: Line, kind: TargetKind, areas: Mapping[str, str], today: date, faults: Faults
) -> Holder | None:
    checked_on = _common(line, today, faults)
    area, place = _area(line, kind, areas, faults), _place(line, faults)
    email = _email(line, faults)
    state = _state(line, email, faults)
    if line["area"] and area is None:
        return None
    if state is TargetState.VACANT:
        name = line["name"] or NOBODY
        return vacancy(kind, area, line["source"], checked_on, name=name, place=place)
    if not line["name"]:
        faults.add(line, "name", "say who holds the office, or put vacant under state.")
        return None
    return Holder(
        kind=kind,
        area_code=area,
        place_in_line=place,
        state=state,
        name=line["name"],
        salutation=line["salutation"] or line["name"],
        email=email,
        **{name: line[name] or None for name in _AS_THEY_ARE},
        source=line["source"],
        checked_on=checked_on,
    )


_AS_THEY_ARE = ("party", "postal", "phone", "website", "external_id")


def _common(line: Line, today: date, faults: Faults) -> date:
    """Check what every table has: lengths, source, website and date; return the date."""
    for column, longest in _LONGEST.items():
        if len(line[column]) > longest:
            faults.add(line, column, f"it is longer than {longest} characters.")
    if not line["source"]:
        faults.add(line, "source", "say where this was found, best as a web address.")
    if line["website"] and not line["website"].startswith(("https://", "http://")):
        faults.add(line, "website", "it must begin with https://.")
    return _date(line, today, faults)


def _date(line: Line, today: date, faults: Faults) -> date:
    try:
        found = date.fromisoformat(line["checked_on"])
    except ValueError:
        faults.add(line, "checked_on", "write the day as 2026-11-20.")
        return today
    if found > today:
        faults.add(line, "checked_on", f"{found} has not come yet.")
    return found


def _email(line: Line, faults: Faults) -> str | None:
    if not line["email"]:
        return None
    try:
        return target_address(line["email"])
    except NotAnAddress as error:
        faults.add(line, "email", error.message)
        return None


def _area(line: Line, kind: TargetKind, areas: Mapping[str, str], faults: Faults) -> str | None:
    code = line["area"].upper()
    if code in areas:
        return code
    if code or kind not in WITHOUT_AREA:
        sort = AREA_KINDS.get(kind, "area")
        faults.add(line, "area", f"{code or 'nothing'} is no {sort} that we know.")
    return None


def _place(line: Line, faults: Faults) -> int:
    text = line["place"] or "1"
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_PLACES:
        return int(text)
    faults.add(line, "place", f"write a number from 1 to {MOST_PLACES}.")
    return 1


def _state(line: Line, email: str | None, faults: Faults) -> TargetState:
    written = line["state"].casefold().replace(" ", "_")
    if written not in _STATES:
        faults.add(line, "state", f"it is not one of {', '.join(filter(None, _STATES))}.")
    state = _STATES.get(written)
    if state is TargetState.SITTING and email is None:
        faults.add(line, "state", "an office without an address is no_email, not sitting.")
    if state is TargetState.NO_EMAIL and email is not None:
        faults.add(line, "state", "it has an address, so it is not no_email.")
    return state or (TargetState.SITTING if email else TargetState.NO_EMAIL)


def _refuse_doubles(
    lines: Sequence[Line], holders: Sequence[Holder | None], faults: Faults
) -> None:
    first: dict[Where, int] = {}
    for line, holder in zip(lines, holders, strict=True):
        if holder is None:
            continue
        before = first.setdefault(holder.where, line.number)
        if before != line.number:
            faults.found.append(
                f"line {line.number}: it names the same office as line {before}. Where an area "
                "has several, number them in the column place."
            )
