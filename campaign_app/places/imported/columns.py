"""Which columns of an edition hold what we read: their names change with each edition."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from campaign_app.errors import InvalidInput

DELIMITERS = ",;\t|"
_YEAR = re.compile(r"\d+")
# Beside a code, an edition may give its name in English and Welsh.
_NAMES = ("nm", "nmw", "name")


class EditionRefused(InvalidInput):
    """A file cannot be imported as it is; what serves now goes on serving."""

    message = "The file cannot be imported."
    what_next = "Nothing was changed. Mend or fetch the file again, then import it."


@dataclass(frozen=True, slots=True)
class _Wanted:
    what: str
    shape: re.Pattern[str]
    told: str  # How the column is called in messages.
    order: tuple[str, ...] = ()  # Names that are taken before all others.


WANTED = (
    _Wanted("postcode", re.compile(r"pcds|pcd[278]?"), "pcds, pcd8, pcd7 or pcd",
            ("pcds", "pcd8", "pcd2", "pcd7", "pcd")),
    _Wanted("end of use", re.compile(r"doterm"), "doterm"),
    _Wanted("nation", re.compile(r"ctry\w*"), "ctry..."),
    _Wanted("constituency", re.compile(r"pcon\w*"), "pcon..."),
    _Wanted("alliance", re.compile(r"cal(?:ncv|\d\w*|cd)?"), "cal... or calncv"),
    _Wanted("council", re.compile(r"oslaua|laua|lad\w*"), "oslaua, laua or lad..."),
    _Wanted("latitude", re.compile(r"lat(?:itude)?"), "lat"),
    _Wanted("longitude", re.compile(r"long(?:itude)?"), "long"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Where an edition's columns stand, in the order of WANTED, and how they are called."""

    places: tuple[int, ...]
    names: tuple[str, ...]
    width: int  #: how many columns there are in all
    delimiter: str
    notes: tuple[str, ...]  #: which column was taken where several might have been meant


def columns_of(header: str) -> Columns | None:
    """Return the columns that a header line names; None when it names no postcode at all.

    Where several names fit, the newest edition's is taken, then the leftmost. Raises
    EditionRefused when another column is missing.
    """
    delimiter = max(DELIMITERS, key=lambda mark: _fitting(header, mark))
    names = _names(header, delimiter)
    found = {wanted.what: _candidates(wanted, names) for wanted in WANTED}
    if not found["postcode"]:
        return None
    if missing := [wanted.told for wanted in WANTED if not found[wanted.what]]:
        raise EditionRefused(f"The file has no column {', '.join(missing)}.")
    places = tuple(places[0] for places in found.values())
    notes = tuple(_note(what, places, names) for what, places in found.items() if places[1:])
    return Columns(places, tuple(names[at] for at in places), len(names), delimiter, notes)


def _fitting(header: str, delimiter: str) -> int:
    names = _names(header, delimiter)
    return sum(bool(_candidates(wanted, names)) for wanted in WANTED)


def _names(header: str, delimiter: str) -> list[str]:
    row = next(csv.reader([header], delimiter=delimiter), [])
    return [cell.strip().lower() for cell in row]


def _candidates(wanted: _Wanted, names: Sequence[str]) -> list[int]:
    """Return the places of all columns that may be meant, the best first."""
    fitting = [
        place
        for place, name in enumerate(names)
        if wanted.shape.fullmatch(name) and not name.endswith(_NAMES)
    ]
    return sorted(fitting, key=lambda place: (_rank(wanted, names[place]), place))


def _rank(wanted: _Wanted, name: str) -> int:
    if name in wanted.order:
        return wanted.order.index(name)
    years = _YEAR.findall(name)
    # pcon24cd and pcon2024cd are of the same year; a name without one is older than all.
    return -(int(years[0]) % 100) if years else 1


def _note(what: str, places: Sequence[int], names: Sequence[str]) -> str:
    others = ", ".join(names[place] for place in places[1:])
    return f"The {what} is read from {names[places[0]]}, not from {others}."
