"""Write a directory's file: whole and on the disk before anybody can see it."""

from __future__ import annotations

import fcntl
import hashlib
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from campaign_app.places import slips
from campaign_app.places.imported.columns import EditionRefused
from campaign_app.places.imported.gathering import CODE, LIVE, SHIFTS, Gathered, Sector
from campaign_app.places.imported.layout import (
    BASE,
    END,
    SECTOR,
    UNITS,
    About,
    head,
    sections,
    word_of,
)

# So many slots for a sector that the next free one is rarely more than one step away.
_SLOTS_FOR_A_SECTOR = 4
_READABLE = 0o444  # Whoever would copy over a file in use instead of replacing it is refused.


class _Hash(Protocol):
    def update(self, content: memoryview, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(slots=True)
class _Columns:
    """The parts of a file that hold postcodes, as they grow."""

    sectors: bytearray
    words: array[int]
    spots: array[int]
    live: int = 0


@dataclass(slots=True)
class _Hashing:
    """Writes to a file and remembers the hash of all that was written."""

    file: BinaryIO
    hash: _Hash = field(default_factory=hashlib.sha256)
    length: int = 0

    def write(self, content: bytes | bytearray | array[int]) -> None:
        view = memoryview(content).cast("B")
        self.file.write(view)
        self.hash.update(view)
        self.length += len(view)

    def fill_to(self, length: int) -> None:
        self.write(bytes(length - self.length))


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a new directory says of itself beside its content."""

    source: str
    edition: date
    complete: bool
    imported_at: datetime


def write(file: BinaryIO, content: Gathered, label: Label) -> None:
    """Write a directory with what was gathered, and see it on the disk; the file is empty."""
    sectors = sorted((int(name, BASE), sector) for name, sector in content.sectors.items())
    slots, prime = _slots([number for number, _ in sectors])
    about = _about(content, label, slots=len(slots), prime=prime)
    columns = _columns(about, sectors, _packer(about, [table.codes for table in content.tables]))
    dead = len(columns.words) - columns.live
    _write_parts(_Hashing(file), replace(about, live=columns.live, terminated=dead), slots, columns)
    file.flush()
    os.fsync(file.fileno())


def _about(content: Gathered, label: Label, *, slots: int, prime: int) -> About:
    nations, constituencies, alliances, councils = (_sorted(t.codes) for t in content.tables)
    return About(
        source=label.source,
        edition=label.edition,
        imported_at=label.imported_at.isoformat(timespec="seconds"),
        complete=label.complete,
        live=0,
        terminated=0,
        sectors=len(content.sectors),
        slots=slots,
        prime=prime,
        areas=sorted({slips.area_of(name) for name in content.sectors}),
        nations=nations,
        constituencies=constituencies,
        alliances=alliances,
        councils=councils,
    )


def _write_parts(to: _Hashing, about: About, slots: array[int], columns: _Columns) -> None:
    text = about.packed()
    parts = sections(about, len(text))
    to.write(head(parts.length, text))
    to.write(text)
    to.write(slots)
    to.write(columns.sectors)
    to.fill_to(parts.words)
    to.write(columns.words)
    to.write(columns.spots)
    to.file.write(to.hash.digest() + END)


def _slots(numbers: list[int]) -> tuple[array[int], int]:
    """Return a table in which each sector stands at its remainder, or soon behind it.

    Sectors are counted from 1; 0 is an empty slot and ends a search. The last slot is empty.
    """
    prime = _prime_from(len(numbers) * _SLOTS_FOR_A_SECTOR + 1)
    slots = array("I", bytes(4 * (prime + len(numbers) + 1)))
    last = 0
    for place, number in enumerate(numbers, 1):
        slot = number % prime
        while slots[slot]:
            slot += 1
        slots[slot] = place
        last = max(last, slot)
    # Up to an even length, so that what follows begins at a multiple of eight bytes.
    return slots[: max(prime, last + 1) // 2 * 2 + 2], prime


def _prime_from(number: int) -> int:
    while any(number % divisor == 0 for divisor in range(2, int(number**0.5) + 1)):
        number += 1
    return number


def _columns(
    about: About, sectors: list[tuple[int, Sector]], pack: Callable[[int], int]
) -> _Columns:
    code = word_of(about).typecode
    columns = _Columns(bytearray(), array(code), array("I"))
    for number, (words, spots) in sectors:
        there = [unit for unit, word in enumerate(words) if word]
        bits = sum(1 << (UNITS - 1 - unit) for unit in there)
        first = len(columns.words)
        columns.sectors += SECTOR.pack(number, first, bits.to_bytes(UNITS // 8, "big"))
        columns.words.extend([pack(words[unit]) for unit in there])
        columns.spots.extend([spots[unit] for unit in there])
    columns.live = sum(word & 1 for word in columns.words)
    return columns


def _packer(about: About, gathered: Sequence[Sequence[str | None]]) -> Callable[[int], int]:
    """Return what makes the word of a file out of the wider one that was gathered."""
    nations, constituencies, alliances, councils = (
        [table.index(code) << first for code in codes]
        for codes, table, (first, _) in zip(
            gathered, about.tables, word_of(about).fields, strict=True
        )
    )
    nation, constituency, alliance, council = SHIFTS

    def pack(word: int) -> int:
        return (
            word & LIVE
            | nations[word >> nation & CODE]
            | constituencies[word >> constituency & CODE]
            | alliances[word >> alliance & CODE]
            | councils[word >> council & CODE]
        )

    return pack


def _sorted(codes: Sequence[str | None]) -> list[str | None]:
    # In order, so that two editions with the same codes have the same words for them.
    return [None, *sorted(code for code in codes if code)]


@contextmanager
def fresh(target: Path) -> Iterator[Path]:
    """Yield a path beside the target for a new file; only one import at a time has one.

    What an import that was killed left behind is removed. Raises EditionRefused while
    another import is running.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / f".{target.name}.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EditionRefused("Another import is running.", "Wait until it ends.") from None
        path = target.parent / f".{target.name}.part"
        try:
            path.unlink(missing_ok=True)
            yield path
        finally:
            path.unlink(missing_ok=True)


def put_in_place(path: Path, target: Path) -> None:
    """Let a new file take the place of the target, for good and all at once."""
    path.chmod(_READABLE)
    path.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
