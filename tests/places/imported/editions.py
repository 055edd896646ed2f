"""Small editions for tests, in the column names of those that are published."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from campaign_app.places.answers import real_alliance, real_council, real_pcon
from campaign_app.places.imported.importing import Report, Wishes, import_edition

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HEADER = "pcds,doterm,ctry25cd,pcon24cd,cal26cd,lad26cd,lat,long"
SOUTHWARK = "SE1 2DL,,E92000001,E14001085,E56000010,E09000028,51.498972,-0.071609"
ENDED = "SE1 9ZZ,199812,E92000001,E14001085,E56000010,E09000028,51.506903,-0.100841"
ABERDEEN = "AB16 9ZZ,,S92000003,S14000060,S99999999,S12000033,57.16,-2.15"
JERSEY = "JE2 4WD,,L93000001,L99999999,L99999999,L99999999,99.999999,0.000000"
NATIONS = {"E": "England", "S": "Scotland", "W": "Wales", "N": "Northern Ireland"}

Put = Callable[..., Report]


def text(*rows: str, header: str = HEADER, end: str = "\r\n") -> str:
    return end.join([header, *rows, ""])


def small(*more: str) -> str:
    return text(SOUTHWARK, ENDED, ABERDEEN, JERSEY, *more)


def csv_file(folder: Path, content: str | bytes, name: str = "ONSPD_AUG_2026_UK.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def zip_file(folder: Path, files: dict[str, str | bytes], name: str = "ONSPD_AUG_2026.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inner, content in files.items():
            archive.writestr(inner, content)
    return path


def put(source: Path, target: Path, **wishes: object) -> Report:
    """Import, with the wishes of an operator."""
    return import_edition(
        source,
        target,
        now=NOW,
        wishes=Wishes(**wishes),  # type: ignore[arg-type] # whatever a test wishes.
        progress=lambda *_: None,
    )


def read_independently(path: Path, names: dict[str, str]) -> Iterator[tuple[str, bool, object]]:
    """Read a CSV with the csv module alone: postcode, whether it is live, its four codes."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            codes = (
                NATIONS[row[names["nation"]][0]],
                real_pcon(row[names["constituency"]]),
                real_alliance(row[names["alliance"]]),
                real_council(row[names["council"]]),
            )
            yield row[names["postcode"]].replace(" ", ""), not row[names["end"]], codes
