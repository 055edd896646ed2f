"""The files of an edition as published: a zip, a folder or a CSV, whole or one file per area."""

from __future__ import annotations

import calendar
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from campaign_app.clock import LONDON
from campaign_app.places.imported.columns import EditionRefused

# The editions say their month in their names, such as ONSPD_AUG_2026_UK.csv.
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_EDITION = re.compile(rf"(?<![A-Z])({'|'.join(_MONTHS)})[A-Z]*[\s_.-]*(20\d\d)", re.IGNORECASE)
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Part:
    """One CSV of an edition."""

    name: str
    size: int  #: bytes when unpacked
    open: Callable[[], BinaryIO]
    changed: date  #: when it was last changed, as far as its archive knows


@dataclass(frozen=True, slots=True)
class Edition:
    """The CSVs of an edition that are to be read, and what was decided about them."""

    name: str
    parts: Sequence[Part]
    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """Return how many bytes there are to read."""
        return sum(part.size for part in self.parts)

    def date_in_names(self) -> date | None:
        """Return the last day of the month that the file names say, or None."""
        names = [self.name, *(PurePosixPath(part.name).name for part in self.parts)]
        return next((_end_of(found) for name in names if (found := _EDITION.search(name))), None)


def end_of_month(year: int, month: int) -> date:
    """Return the last day of a month: an edition of a month is as of then."""
    return date(year, month, calendar.monthrange(year, month)[1])


@contextmanager
def opened(path: Path) -> Iterator[Edition]:
    """Open an edition; raises EditionRefused when nothing in it can be read."""
    if path.is_dir():
        yield _chosen(path.name, [_file(file, path) for file in path.rglob("*") if file.is_file()])
    elif not path.is_file():
        raise EditionRefused(f"There is no file {path.name}.")
    elif _is_zip(path):
        with _archive(path) as archive:
            yield _chosen(path.name, [_member(archive, info) for info in archive.infolist()])
    else:
        yield Edition(path.name, [_file(path, path.parent)], ())


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        # A zip that was cut short still begins like one; only its directory at the end is lost.
        return file.read(2) == b"PK" or path.suffix.lower() == ".zip"


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError):
        raise EditionRefused(f"{path.name} is damaged or cut short.") from None


def _end_of(found: re.Match[str]) -> date:
    return end_of_month(int(found[2]), _MONTHS[found[1].upper()])


def _file(path: Path, folder: Path) -> Part:
    facts = path.stat()
    changed = datetime.fromtimestamp(facts.st_mtime, LONDON).date()
    name = path.relative_to(folder).as_posix()
    return Part(name, facts.st_size, lambda: path.open("rb"), changed)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Part:
    if info.flag_bits & _ENCRYPTED:
        raise EditionRefused("The zip is locked with a password.")
    # A name is shown on a terminal, so nothing in it may do anything there.
    name = "".join(char if char.isprintable() else "?" for char in info.filename)
    return Part(name, info.file_size, lambda: cast("BinaryIO", archive.open(info)), _day(info))


def _day(info: zipfile.ZipInfo) -> date:
    try:
        return date(*info.date_time[:3])
    except ValueError:
        # A zip may leave the date out, which reads as day 0 of month 0.
        return date(1980, 1, 1)


def _chosen(name: str, parts: Sequence[Part]) -> Edition:
    """Return the CSVs of data: the whole file where there is one, else those for each area."""
    files = sorted(filter(_is_data, parts), key=lambda part: part.name)
    whole = [part for part in files if _folder(part) == "data"]
    by_area = [part for part in files if _folder(part) == "multi_csv"]
    if whole and by_area:
        note = f"The whole file is read; {len(by_area)} files for single areas are left aside."
        return Edition(name, whole, (note,))
    taken = whole or by_area or files
    if not taken:
        raise EditionRefused(f"There is no CSV with postcodes in {name}.")
    return Edition(name, taken, ())


def _is_data(part: Part) -> bool:
    path = PurePosixPath(part.name.replace("\\", "/"))
    folders = {folder.lower() for folder in path.parts[:-1]}
    hidden = path.name.startswith(".") or "__macosx" in folders
    documents = any(folder.startswith(("document", "user guide")) for folder in folders)
    return path.suffix.lower() == ".csv" and not hidden and not documents


def _folder(part: Part) -> str:
    return PurePosixPath(part.name.replace("\\", "/")).parent.name.lower()
