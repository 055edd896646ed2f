"""The 16 Senedd seats of 2026, each made of two Westminster seats; see data/ATTRIBUTION.md."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import date
from importlib import resources

AS_OF = date(2026, 5, 7)  #: The election at which they came into use.


@dataclass(frozen=True, slots=True)
class SeneddPair:
    """A Westminster seat and the Senedd seat that it lies in."""

    pcon: str
    senedd: str
    name: str  #: of the Senedd seat: each has one, in Welsh


@dataclass(frozen=True, slots=True)
class SeneddTable:
    """The 32 pairs, and the hash of the file that they come from."""

    pairs: tuple[SeneddPair, ...]
    sha256: bytes


def senedd_table() -> SeneddTable:
    """Return every Westminster seat in Wales with its Senedd seat."""
    file = resources.files("campaign_app.targets").joinpath("data", "senedd_2026.csv")
    content = file.read_bytes()
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    pairs = (SeneddPair(r["pcon24_code"], r["senedd_code"], r["senedd_name"]) for r in rows)
    return SeneddTable(tuple(pairs), hashlib.sha256(content).digest())
