"""Read an edition's rows into memory, sector by sector, and refuse what cannot be right."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import BinaryIO, Protocol, cast

from campaign_app.errors import InvalidInput
from campaign_app.places.answers import Nation, real_alliance, real_council, real_pcon
from campaign_app.places.imported.columns import Columns, EditionRefused, columns_of
from campaign_app.places.imported.editions import Edition, Part
from campaign_app.places.imported.layout import UNIT, UNITS, spot
from campaign_app.places.postcode import parse

# While it is gathered, a postcode's word has two bits for its life and 14 for each code.
LIVE, TERMINATED = 1, 2
SHIFTS = (2, 16, 30, 44)
CODE = 0x3FFF
MOST_CODES = 10_000  #: of one kind; the UK has some 650 constituencies and 360 councils
# The UK has some 12,500; this keeps memory below a gigabyte whatever is in the file.
MOST_SECTORS = 200_000
SHARE_UNREADABLE = 0.01
_CHUNK = 50_000  # Rows between two reports of progress: some tenths of a second.
_TOLD = 5  # Lines that are named in a message.
_HEADER = 65_536  # A header line is under 1,000 characters.

_NATION_CODES = {
    "E92000001": Nation.ENGLAND,
    "W92000004": Nation.WALES,
    "S92000003": Nation.SCOTLAND,
    "N92000002": Nation.NORTHERN_IRELAND,
    "L93000001": Nation.CHANNEL_ISLANDS,
    "M83000003": Nation.ISLE_OF_MAN,
}
# ONS's stand-ins for "none here": one letter and nines.
_PSEUDO = re.compile(r"(?:[A-Z]9{8})?", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9 ]{1,24}", re.ASCII)


class Reader(Protocol):
    """What a reader of the csv module shows of itself."""

    @property
    def line_num(self) -> int:
        """The lines that have been read."""


Progress = Callable[[int, int, int], None]  #: bytes read, bytes in all, rows read


def _nation(cell: str) -> str | None:
    nation = _NATION_CODES.get(cell)
    return nation.value if nation else None


_REAL: dict[str, Callable[[str], str | None]] = {
    "nation": _nation,
    "constituency": real_pcon,
    "alliance": real_alliance,
    "council": real_council,
}


class CodeTable(dict[str, int]):
    """Numbers the codes of one column as they come; 0 is for none."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.codes: list[str | None] = [None]
        self.strange: list[str] = []  #: cells that are neither a code of ours nor a stand-in

    def __missing__(self, cell: str) -> int:
        self[cell] = number = self._number(cell.strip())
        return number

    def _number(self, cell: str) -> int:
        code = _REAL[self.kind](cell)
        if code is None:
            if not _PSEUDO.fullmatch(cell):
                self._put(self.strange, cell if _PLAIN.fullmatch(cell) else "something strange")
            return 0
        if code not in self.codes:
            self._put(self.codes, code)
        return self.codes.index(code)

    def _put(self, into: list[str | None] | list[str], cell: str) -> None:
        into.append(cell)
        if len(into) > MOST_CODES:
            raise EditionRefused(f"The column for the {self.kind} holds no codes of areas.")


Sector = tuple["array[int]", "array[int]"]  #: words and positions of its 400 postcodes


@dataclass(slots=True)
class Gathered:
    """What was read: the postcodes by sector, tables of codes, and what was passed over."""

    sectors: dict[str, Sector] = field(default_factory=dict)
    tables: tuple[CodeTable, ...] = field(
        default_factory=lambda: tuple(CodeTable(kind) for kind in _REAL)
    )
    rows: int = 0
    unreadable: list[str] = field(default_factory=list)  #: where their lines are
    unreadable_rows: int = 0
    ended: set[str] = field(default_factory=set)  #: months in which postcodes were ended
    columns: dict[str, Columns] = field(default_factory=dict)  #: by the file's name
    passed_over: list[str] = field(default_factory=list)  #: files without postcodes


def gathered(edition: Edition, progress: Progress) -> Gathered:
    """Return the content of an edition.

    Raises EditionRefused, in words, for a missing column, no rows, a row that is cut short,
    a postcode that stands there twice with different codes, and a damaged file.
    """
    into, done = Gathered(), 0
    for part in edition.parts:
        with _in_words(part), part.open() as raw:
            for read in _take_part(part, raw, into):
                progress(done + read, edition.size, into.rows)
        done += part.size
    _refuse_nonsense(edition, into)
    return into


@contextmanager
def _in_words(part: Part) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise EditionRefused(f"{part.name} is damaged or cut short in its zip.") from None
    except NotImplementedError:
        raise EditionRefused(
            f"{part.name} is packed in a way that Python cannot unpack.",
            "Unpack the zip and import the folder instead.",
        ) from None
    except (csv.Error, UnicodeError) as error:
        raise EditionRefused(f"{part.name} is no sound CSV: {error}.") from None


def _take_part(part: Part, raw: BinaryIO, into: Gathered) -> Iterator[int]:
    """Take one file, and yield now and then how many of its bytes have been read."""
    with _text(raw) as text:
        columns = columns_of(_header(text, part))
        if columns is None:
            into.passed_over.append(part.name)
            return
        into.columns[part.name] = columns
        reader = csv.reader(text, delimiter=columns.delimiter, strict=True)
        # Rows are taken one by one: a list of many would cost more time than all the rest.
        while taken := _take(islice(reader, _CHUNK), columns, into, partial(_line, part, reader)):
            into.rows += taken
            yield raw.tell()


def _text(raw: BinaryIO) -> io.TextIOWrapper:
    # What we read is ASCII, and Latin-1 reads any bytes at all; only UTF-16 needs to be known.
    buffered = io.BufferedReader(cast("io.RawIOBase", raw), 1 << 18)
    utf_16 = buffered.peek(2)[:2] in {b"\xff\xfe", b"\xfe\xff"}
    return io.TextIOWrapper(buffered, "utf-16" if utf_16 else "latin-1", newline="")


def _header(text: io.TextIOWrapper, part: Part) -> str:
    # Three characters at its beginning are a UTF-8 byte order mark, read as Latin-1.
    line = text.readline(_HEADER).removeprefix("\xef\xbb\xbf")
    if not line.strip():
        raise EditionRefused(f"{part.name} is empty.")
    return line


def _line(part: Part, reader: Reader) -> str:
    # The header is a line too, and was read before.
    return f"line {reader.line_num + 1} of {part.name}"


def _take(
    rows: Iterable[list[str]], columns: Columns, into: Gathered, where: Callable[[], str]
) -> int:
    """Put rows where they belong and count them; written for speed, as there are millions."""
    pick, width, unit_of = itemgetter(*columns.places), columns.width, UNIT.get
    sectors, ended = into.sectors, into.ended
    nations, constituencies, alliances, councils = into.tables
    taken = 0
    for taken, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count.
        if len(row) != width:
            _refuse_short(row, columns, where())
            continue
        cell, end, nation, constituency, alliance, council, lat, lon = pick(row)
        compact = cell.replace(" ", "")
        unit, sector = unit_of(compact[-2:]), sectors.get(compact[:-2])
        if unit is None or sector is None:
            readable = _read(row, cell, into, where())
            if readable is None:
                continue
            sector, unit = readable
        if end := end.strip():
            ended.add(end[:6])
        words, spots = sector
        word = (
            (TERMINATED if end else LIVE)
            | nations[nation] << 2
            | constituencies[constituency] << 16
            | alliances[alliance] << 30
            | councils[council] << 44
        )
        if words[unit] and words[unit] != word:
            raise EditionRefused(f"{cell.strip()} stands twice and differs: {where()}.")
        words[unit], spots[unit] = word, spot(lat, lon)
    return taken


def _read(row: list[str], cell: str, into: Gathered, where: str) -> tuple[Sector, int] | None:
    """Return the place of a postcode that is in a new sector; None when it is no postcode."""
    try:
        postcode = parse(cell)
    except InvalidInput:
        if any(map(str.strip, row)):
            into.unreadable_rows += 1
            into.unreadable += [where] * (len(into.unreadable) < _TOLD)
        return None
    compact = postcode.compact
    if compact[:-2] not in into.sectors and len(into.sectors) >= MOST_SECTORS:
        raise EditionRefused("There are more postcode sectors in it than the UK can have.")
    empty = array("Q", bytes(8 * UNITS)), array("I", bytes(4 * UNITS))
    return into.sectors.setdefault(compact[:-2], empty), UNIT[compact[-2:]]


def _refuse_short(row: list[str], columns: Columns, where: str) -> None:
    if any(map(str.strip, row)):
        raise EditionRefused(
            f"A row has {len(row)} columns where the header has {columns.width}, so the file is "
            f"damaged or cut short: {where}."
        )


def _refuse_nonsense(edition: Edition, into: Gathered) -> None:
    if not into.columns:
        raise EditionRefused(f"{edition.name} has no column pcds, pcd8, pcd7 or pcd.")
    if not into.rows:
        raise EditionRefused(f"{edition.name} has no rows.")
    if into.unreadable_rows > into.rows * SHARE_UNREADABLE or not into.sectors:
        raise EditionRefused(
            f"{into.unreadable_rows} of {into.rows} rows have no postcode that can be read: "
            f"{', '.join(into.unreadable)}."
        )
    nations, constituencies, *_ = into.tables
    crown = {Nation.CHANNEL_ISLANDS.value, Nation.ISLE_OF_MAN.value, None}
    _refuse_codeless(nations, needed=True)
    _refuse_codeless(constituencies, needed=not crown.issuperset(nations.codes))
    for table in into.tables:
        _refuse_codeless(table, needed=bool(table.strange))


def _refuse_codeless(table: CodeTable, *, needed: bool) -> None:
    if needed and len(table.codes) == 1:
        raise EditionRefused(f"The column for the {table.kind} holds no codes that we know.")
