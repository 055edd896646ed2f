"""The tables of facts that come with the platform; data/ATTRIBUTION.md says whose they are."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources


@dataclass(frozen=True, slots=True)
class Facts:
    """One table of facts: its rows, how old it is, and the hash of its file."""

    rows: Sequence[Mapping[str, str]]
    as_of: date
    sha256: bytes


# The oldest source of each table, so that nothing looks fresher than it is.
_AS_OF = {
    "areas": date(2024, 7, 4),  # the boundaries came into use at the election of that day
    "alliances": date(2024, 4, 1),  # names and codes as at April 2024
    "demo_postcodes": date(2025, 2, 28),  # the directory of February 2025
}


def facts(name: str) -> Facts:
    """Return a table by its file name without ``.csv``: areas, alliances or demo_postcodes."""
    content = resources.files("campaign_app.places").joinpath("data", f"{name}.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    return Facts(rows, _AS_OF[name], hashlib.sha256(content).digest())
