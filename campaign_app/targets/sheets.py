"""Read a table that somebody saved from a spreadsheet, and say by line what is wrong with it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from campaign_app.errors import InvalidInput

MOST_BYTES = 10_000_000
MOST_LINES = 20_000  #: There are about 1,500 representatives of all kinds, and 20,000 councillors.
FAULTS_TOLD = 20

_SEPARATORS = (",", ";", "\t", "|")
# What a spreadsheet would run as a formula; a plus is how a phone number abroad begins.
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d ()-]*$)")


class BadSheet(InvalidInput):
    """A table cannot be used; ``faults`` says why, line by line."""

    message = "The file cannot be used."
    what_next = "Nothing was changed. Mend the file and run the command again."

    def __init__(self, faults: Sequence[str]) -> None:
        """Tell the first faults, and how many more there are."""
        self.faults = tuple(faults)
        more = len(self.faults) - FAULTS_TOLD
        told = [*self.faults[:FAULTS_TOLD], *([f"and {more} more."] if more > 0 else [])]
        super().__init__("\n".join(["The file cannot be used:", *told]))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: its number in the file, and its cells by column, stripped."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(slots=True)
class Faults:
    """What is wrong so far, so that somebody can mend all of it at once."""

    found: list[str] = field(default_factory=list)

    def add(self, line: Line, column: str, words: str) -> None:
        """Note a fault of one cell."""
        self.found.append(f"line {line.number}, {column}: {words}")

    def refuse(self) -> None:
        """Raise BadSheet if there is any."""
        if self.found:
            raise BadSheet(self.found)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table whose columns are known; ``encoding`` is how it had to be read."""

    lines: tuple[Line, ...]
    encoding: str


def read_sheet(path: Path, *, needed: Sequence[str], allowed: Sequence[str] = ()) -> Sheet:
    """Return the table in a file: commas, semicolons, tabs or bars; UTF-8, UTF-16 or Latin-1.

    Empty lines are passed over. Raises BadSheet, with the lines, when a column is missing,
    unknown or doubled, a line has too many cells, or a cell is a formula.
    """
    text, encoding = _text(path)
    rows = _rows(text)
    header = next(rows, (1, []))[1]
    columns = [name.strip().casefold().replace(" ", "_") for name in header]
    _check_columns(columns, needed, allowed)
    faults = Faults()
    lines = tuple(line for row in rows if (line := _line(*row, columns, faults)) is not None)
    faults.refuse()
    if not lines:
        raise BadSheet(["it has a line of column names, and nothing below it."])
    return Sheet(lines, encoding)


def _text(path: Path) -> tuple[str, str]:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadSheet([f"it cannot be read: {error.strerror}."]) from None
    if len(content) > MOST_BYTES:
        raise BadSheet([f"it is larger than {MOST_BYTES // 1_000_000} MB: no list of offices is."])
    text, encoding = _decoded(content)
    if "\0" in text:
        raise BadSheet(["it holds zero bytes: save it as CSV, not as a spreadsheet."])
    return text, encoding


def _decoded(content: bytes) -> tuple[str, str]:
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    # Windows calls its own set Latin-1 too, and it is what old spreadsheets write.
    for encoding in ("utf-16",) if utf_16 else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise BadSheet(["it is no text that we can read: save it as CSV in UTF-8."])


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of the line that it begins on."""
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begin = 1
    try:
        for number, row in enumerate(reader):
            if number > MOST_LINES:
                raise BadSheet([f"it has more than {MOST_LINES:,} lines: no list of offices has."])
            if any(cell.strip() for cell in row):
                yield begin, row
            begin = reader.line_num + 1
    except csv.Error as error:
        raise BadSheet([f"line {begin}: {error}."]) from None


def _check_columns(columns: Sequence[str], needed: Sequence[str], allowed: Sequence[str]) -> None:
    known = (*needed, *allowed)
    missing = [f"line 1: the column {name} is missing." for name in needed if name not in columns]
    unknown = [
        f"line 1: the column {name or 'without a name'} is not one of {', '.join(known)}."
        for name in columns
        if name not in known
    ]
    doubled = [f"line 1: the column {name} is there twice." for name in _doubled(columns)]
    if faults := [*missing, *unknown, *doubled]:
        raise BadSheet(faults)


def _doubled(columns: Sequence[str]) -> list[str]:
    return sorted({name for name in columns if columns.count(name) > 1})


def _line(number: int, row: list[str], columns: Sequence[str], faults: Faults) -> Line | None:
    cells = [cell.strip() for cell in row]
    line = Line(number, dict(zip(columns, cells, strict=False)))
    if any(cells[len(columns) :]):
        faults.found.append(f"line {number}: it has more cells than there are columns.")
        return None
    for column, cell in line.cells.items():
        if _FORMULA.match(cell):
            faults.add(line, column, f"it begins with {cell[0]!r}, as a formula does.")
    return line
