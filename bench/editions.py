"""Invented editions of the ONS directories: real shapes, random codes, the same every time."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from campaign_app.places.facts import facts
from campaign_app.places.slips import AREAS

SECTORS_FOR_ALL = 12_500
ROWS_FOR_ALL = 2_600_000
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_COUNTRIES = {"E": "E92000001", "S": "S92000003", "W": "W92000004", "N": "N92000002"}
COUNCILS = (
    *(f"E06{number:06}" for number in range(1, 64)),
    *(f"E07{number:06}" for number in range(4, 200)),
    *(f"E08{number:06}" for number in range(1, 38)),
    *(f"E09{number:06}" for number in range(1, 34)),
    *(f"S12{number:06}" for number in range(5, 37)),
)


@dataclass(frozen=True, slots=True)
class Style:
    """The header of an edition, and which of its columns holds what."""

    header: Sequence[str]
    names: Mapping[str, str]  #: what -> column


def _style(header: str, **names: str) -> Style:
    return Style(header.split(), names)


# Column names as published: ONSPD up to 2025, ONSPD of August 2026, NSPL.
STYLES = {
    "onspd-2025": _style(
        "pcd pcd2 pcds dointr doterm oscty ced oslaua osward parish usertype oseast1m osnrth1m "
        "osgrdind oshlthau nhser ctry rgn streg pcon eer teclec ttwa pct itl statsward oa01 "
        "casward npark lsoa01 msoa01 ur01ind oac01 oa11 lsoa11 msoa11 wz11 sicbl bua24 ru11ind "
        "oac11 lat long lep1 lep2 pfa imd calncv icb oa21 lsoa21 msoa21",
        postcode="pcds", end="doterm", nation="ctry", constituency="pcon", alliance="calncv",
        council="oslaua", lat="lat", lon="long",
    ),
    "onspd-2026": _style(
        "pcd7 pcd8 pcds dointr doterm cty26cd ced26cd lad26cd wd26cd parncp26cd usrtypind east1m "
        "north1m gridind hlth26cd nhser26cd ctry26cd rgn26cd pcon10cd pcon24cd eer20cd ttwa15cd "
        "itl25cd npark16cd oa01cd lsoa01cd msoa01cd ruc01ind oac01ind oa11cd lsoa11cd msoa11cd "
        "wz11cd sicbl26cd bua24cd ruc11ind oac11ind lat long lep21cd1 lep21cd2 pfa23cd imd20ind "
        "cal26cd icb26cd oa21cd lsoa21cd msoa21cd ruc21ind oac21ind imd19ind usr1 usr2 usr3 usr4",
        postcode="pcds", end="doterm", nation="ctry26cd", constituency="pcon24cd",
        alliance="cal26cd", council="lad26cd", lat="lat", lon="long",
    ),
    "nspl-2025": _style(
        "PCD PCD2 PCDS DOINTR DOTERM USERTYPE OSEAST1M OSNRTH1M OSGRDIND OA21 CTY CED LAUA WARD "
        "NHSER CTRY RGN PCON TTWA ITL PARK LSOA21 MSOA21 WZ11 SICBL BUA22 RU11IND OAC11 LAT LONG "
        "LEP1 LEP2 PFA IMD CALNCV ICB",
        postcode="PCDS", end="DOTERM", nation="CTRY", constituency="PCON", alliance="CALNCV",
        council="LAUA", lat="LAT", lon="LONG",
    ),
}  # fmt: skip


def postcodes(rows: int, seed: int = 1) -> list[str]:
    """Return different invented postcodes with a space, in as many sectors as fits their number."""
    dice = random.Random(seed)
    units = ["".join(pair) for pair in product(_LETTERS, repeat=2)]
    sectors = _sectors(dice, max(1, -(-rows * SECTORS_FOR_ALL // ROWS_FOR_ALL)))
    each = [rows // len(sectors) + (at < rows % len(sectors)) for at in range(len(sectors))]
    found = [
        sector + unit
        for sector, count in zip(sectors, each, strict=True)
        for unit in dice.sample(units, count)
    ]
    dice.shuffle(found)
    return found


def _sectors(dice: random.Random, count: int) -> list[str]:
    areas = sorted(AREAS)
    found: set[str] = set()
    while len(found) < count:
        district = dice.choice(
            (str(dice.randint(1, 99)), f"{dice.randint(1, 9)}{dice.choice('ABEHWY')}")
        )
        found.add(f"{dice.choice(areas)}{district} {dice.randint(0, 9)}")
    return sorted(found)


def cells(rows: int, seed: int = 1) -> Iterator[dict[str, str]]:
    """Yield the cells that we read of each row: every code at random, one row in five ended."""
    dice = random.Random(seed + 1)
    seats = [row["code"] for row in facts("areas").rows]
    alliances = [*(row["code"] for row in facts("alliances").rows), "S99999999", "W99999999", ""]
    councils = [*COUNCILS, "L99999999"]
    for postcode in postcodes(rows, seed):
        seat = dice.choice(seats)
        yield {
            "postcode": postcode,
            "end": f"{dice.randint(1996, 2025)}{dice.randint(1, 12):02}"
            if dice.random() < 0.2
            else "",
            "nation": _COUNTRIES[seat[0]],
            "constituency": seat,
            "alliance": dice.choice(alliances),
            "council": dice.choice(councils),
            "lat": f"{dice.uniform(49.9, 60.8):.6f}",
            "lon": f"{dice.uniform(-8.1, 1.7):.6f}",
        }


def write_csv(path: Path, rows: int, style: Style, seed: int = 1) -> Path:
    """Write an edition as one CSV; what we do not read is filled with stand-ins."""
    at = {what: style.header.index(name) for what, name in style.names.items()}
    row = ["E99999999" if "cd" in name.lower() else "filler" for name in style.header]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(style.header)
        for found in cells(rows, seed):
            for what, place in at.items():
                row[place] = found[what]
            writer.writerow(row)
    return path
