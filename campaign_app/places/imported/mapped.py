"""One file of the directory, mapped into memory: nothing is copied, so all workers share it."""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from campaign_app.places import slips
from campaign_app.places.answers import Nation
from campaign_app.places.imported.layout import (
    BASE,
    END,
    HASH_SIZE,
    HEAD,
    MAGIC,
    PAIRS,
    SECTOR,
    TAIL,
    UNIT,
    UNITS,
    About,
    DirectoryDamaged,
    degrees,
    sections,
    unpacked,
    word_of,
)

Codes = tuple[Nation | None, str | None, str | None, str | None]

# Bits are shifted out by these; whatever is no pair of letters of a postcode leaves none.
_SHIFTS = [UNITS] * PAIRS
for _letters, _place in UNIT.items():
    _SHIFTS[int(_letters, BASE)] = UNITS - 1 - _place


@dataclass(frozen=True, slots=True)
class Entry:
    """All that the directory holds about one postcode; codes are in the order of COLUMNS."""

    live: bool
    codes: Codes
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector's number, the place of its first postcode, and which of its 400 exist."""

    number: int
    first: int
    bits: int  #: the highest of 400 bits is for the letters AA


class MappedDirectory:
    """A directory's file, open for reading; safe to share between threads.

    Opening it checks magic, lengths, what it says of itself, and its end; ``verify`` reads
    it all. It stays good when the file is replaced by another under the same name.
    """

    __slots__ = (
        "_alliances", "_base", "_constituencies", "_councils", "_fields", "_map", "_nations",
        "_prime", "_slots", "_spots", "_words", "about", "size",
    )  # fmt: skip

    def __init__(self, path: Path) -> None:
        """Map a file. Raises DirectoryDamaged, or OSError when it cannot be opened."""
        self._map = _mapped(path)
        self.size = len(self._map)
        about, about_size = _about(self._map)
        parts = sections(about, about_size)
        if parts.length != self.size:
            raise DirectoryDamaged
        word, view = word_of(about), memoryview(self._map)
        self.about = about
        # Sectors are counted from 1, so that 0 means an empty slot.
        self._base = parts.sectors - SECTOR.size
        self._prime = about.prime
        self._slots = view[parts.slots : parts.sectors].cast("I")
        self._words = view[parts.words : parts.spots].cast(word.typecode)
        self._spots = view[parts.spots : parts.tail].cast("I")
        self._nations = [Nation(name) if name else None for name in about.nations]
        self._constituencies = list(about.constituencies)
        self._alliances = list(about.alliances)
        self._councils = list(about.councils)
        self._fields = word.fields

    def codes(self, compact: str) -> Codes | None:
        """Return nation, constituency, alliance and council of a postcode like ``SE12DL``.

        None when it is not in the directory; terminated postcodes have codes too. ``compact``
        is capital letters and digits. Raises DirectoryDamaged when the bytes make no sense.
        """
        row = self._row(compact)
        return None if row < 0 else self.decoded(self._words[row])

    def entry(self, compact: str) -> Entry | None:
        """Return all that is known about a postcode like ``SE12DL``, or None."""
        row = self._row(compact)
        if row < 0:
            return None
        word = self._words[row]
        lat, lon = degrees(self._spots[row])
        return Entry(bool(word & 1), self.decoded(word), lat, lon)

    def covers(self, outward: str) -> bool:
        """Return whether a postcode that is not found here does not exist.

        So it is in areas, such as SE, of which a complete directory holds any postcode.
        """
        return self.about.complete and slips.area_of(outward) in self.about.areas

    def decoded(self, word: int) -> Codes:
        """Return the codes that stand in a postcode's word."""
        (nation, n), (constituency, c), (alliance, a), (council, k) = self._fields
        try:
            return (
                self._nations[word >> nation & n],
                self._constituencies[word >> constituency & c],
                self._alliances[word >> alliance & a],
                self._councils[word >> council & k],
            )
        except IndexError:
            raise DirectoryDamaged from None

    def sectors(self) -> Iterator[Sector]:
        """Yield its sectors in the order of their numbers."""
        for place in range(1, self.about.sectors + 1):
            number, first, bits = SECTOR.unpack_from(self._map, self._base + place * SECTOR.size)
            yield Sector(number, first, int.from_bytes(bits, "big"))

    def words_of(self, sector: Sector) -> list[int]:
        """Return the words of a sector's postcodes in the order of their letters."""
        return self._words[sector.first : sector.first + sector.bits.bit_count()].tolist()

    def verify(self) -> None:
        """Read every byte and compare with the hash; raises DirectoryDamaged."""
        view = memoryview(self._map)
        digest = hashlib.sha256(view[: self.size - TAIL]).digest()
        if digest != view[self.size - TAIL :][:HASH_SIZE]:
            raise DirectoryDamaged("The directory of postcodes differs from what was imported.")

    def _row(self, compact: str) -> int:
        try:
            number, letters = divmod(int(compact, BASE), PAIRS)
            slot = number % self._prime
            while place := self._slots[slot]:
                found, first, bits = SECTOR.unpack_from(self._map, self._base + place * SECTOR.size)
                if found == number:
                    left = int.from_bytes(bits, "big") >> _SHIFTS[letters]
                    return first + left.bit_count() - 1 if left & 1 else -1
                slot += 1
        except ValueError:
            return -1
        except (IndexError, struct.error):
            raise DirectoryDamaged from None
        return -1


def verified(path: Path) -> About:
    """Return what a directory's file is, after comparing every byte with its hash.

    Raises DirectoryDamaged, or OSError when there is no such file.
    """
    directory = MappedDirectory(path)
    directory.verify()
    return directory.about


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file, contextlib.suppress(ValueError):
        # What somebody truncates while it is mapped cannot be read: so it is checked as opened.
        if os.fstat(file.fileno()).st_size >= HEAD.size + TAIL:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    raise DirectoryDamaged("The directory of postcodes is cut short.")


def _about(content: mmap.mmap) -> tuple[About, int]:
    magic, length, size, check = HEAD.unpack_from(content)
    if magic != MAGIC:
        raise DirectoryDamaged("This file is no directory of postcodes of this version.")
    if length != len(content) or content[-len(END) :] != END:
        raise DirectoryDamaged("The directory of postcodes is cut short.")
    text = content[HEAD.size : HEAD.size + size]
    if zlib.crc32(text) != check:
        raise DirectoryDamaged
    return unpacked(text), size
