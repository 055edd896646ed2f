"""The form of the directory's file; docs/operators/places.md describes it in words.

head | what it is, as JSON | slots | sectors | codes | positions | SHA-256 | end

All numbers are little-endian. A sector is a postcode without its last two letters; its number
is read in base 36. A sector's bitmap has a bit for each of its 400 possible last two letters,
and the codes of all postcodes stand in the order of sectors and letters.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import product
from typing import Literal

from campaign_app.errors import CampaignError
from campaign_app.places.answers import Nation

MAGIC = b"CAMPPC01"
END = b"CAMPEND1"
HEAD = struct.Struct("<8sQII")  #: magic, bytes in all, bytes of the JSON, its CRC-32
SECTOR = struct.Struct("<II50s")  #: number, place of its first postcode, bitmap
HASH_SIZE = 32
SLOT_SIZE = 4
SPOT_SIZE = 4
TAIL = HASH_SIZE + len(END)

BASE = 36
PAIRS = BASE**2  #: numbers that two letters or digits can have
UNITS = 400  #: last two letters that a sector can have: 20 times 20
# An inward half never holds C, I, K, M, O or V.
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
UNIT = {first + last: place for place, (first, last) in enumerate(product(_LETTERS, repeat=2))}

# A position takes 16 bits each way, in steps of some 20 m; the box holds the UK and all islands.
SOUTH, NORTH, WEST, EAST = 49.0, 61.5, -9.0, 2.5
STEPS = 0xFFFE
NOWHERE = 0xFFFFFFFF

COLUMNS = ("nation", "constituency", "alliance", "council")


class DirectoryDamaged(CampaignError):
    """The directory's file is not whole, or is no directory."""

    message = "The directory of postcodes is damaged."
    what_next = "Import it again with `campaign places import`."


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a directory is: where it came from, how much is in it, and its tables of codes.

    The first entry of each table is None: no such area.
    """

    source: str  #: the name of the file that was imported
    edition: date
    imported_at: str  #: ISO time
    complete: bool  #: it holds every postcode of the areas that it holds
    live: int
    terminated: int
    sectors: int
    slots: int  #: length of the table that finds a sector
    prime: int  #: a sector's number is looked for from its remainder on
    areas: Sequence[str]  #: the postcode areas, such as SE, that have a postcode in it
    nations: Sequence[str | None]
    constituencies: Sequence[str | None]
    alliances: Sequence[str | None]
    councils: Sequence[str | None]

    @property
    def postcodes(self) -> int:
        """Return how many postcodes are in it."""
        return self.live + self.terminated

    @property
    def tables(self) -> tuple[Sequence[str | None], ...]:
        """Return the tables of codes in the order of COLUMNS."""
        return self.nations, self.constituencies, self.alliances, self.councils

    def packed(self) -> bytes:
        """Return it as JSON, filled up with spaces to a multiple of eight bytes."""
        text = json.dumps(asdict(self) | {"edition": self.edition.isoformat()}).encode()
        return text + b" " * (-(HEAD.size + len(text)) % 8)


def unpacked(text: bytes) -> About:
    """Return what ``packed`` made; raises DirectoryDamaged for anything else."""
    try:
        content = json.loads(text)
        about = About(**content | {"edition": date.fromisoformat(content["edition"])})
        for name in about.nations[1:]:
            Nation(name or "")
    except (ValueError, TypeError, KeyError, AttributeError):
        raise DirectoryDamaged from None
    return about


@dataclass(frozen=True, slots=True)
class Word:
    """Where in a postcode's word each code stands: first bit and mask, in the order of COLUMNS.

    The lowest bit says whether the postcode is live.
    """

    fields: tuple[tuple[int, int], ...]
    size: int  #: bytes: 4, or 8 when a directory has very many codes

    @property
    def typecode(self) -> Literal["I", "Q"]:
        """Return the letter that ``array`` and ``memoryview`` have for such words."""
        return "I" if self.size == 4 else "Q"  # noqa: PLR2004 - a word has 4 bytes or 8.


def word_of(about: About) -> Word:
    """Return the word that is wide enough for a directory's tables."""
    fields, shift = [], 1
    for table in about.tables:
        bits = (len(table) - 1).bit_length()
        fields.append((shift, (1 << bits) - 1))
        shift += bits
    return Word(tuple(fields), 4 if shift <= 32 else 8)  # noqa: PLR2004 - as above.


@dataclass(frozen=True, slots=True)
class Sections:
    """Where each part of a file begins, in bytes, and how long the file must be."""

    slots: int
    sectors: int
    words: int
    spots: int
    tail: int
    length: int


def sections(about: About, about_size: int) -> Sections:
    """Return the places of a file's parts, which follow from what it says of itself."""
    slots = HEAD.size + about_size
    sectors = slots + about.slots * SLOT_SIZE
    words = sectors + about.sectors * SECTOR.size
    words += -words % 8
    spots = words + about.postcodes * word_of(about).size
    tail = spots + about.postcodes * SPOT_SIZE
    return Sections(slots, sectors, words, spots, tail, tail + TAIL)


def head(length: int, about: bytes) -> bytes:
    """Return a file's first bytes."""
    return HEAD.pack(MAGIC, length, len(about), zlib.crc32(about))


def spot(lat: str, lon: str) -> int:
    """Return a position as one number; NOWHERE for blanks and for places outside the box."""
    try:
        north, east = float(lat), float(lon)
    except ValueError:
        return NOWHERE
    # The directories say 99.999999 where they do not know.
    if not (SOUTH <= north <= NORTH and WEST <= east <= EAST):
        return NOWHERE
    up = round((north - SOUTH) * (STEPS / (NORTH - SOUTH)))
    along = round((east - WEST) * (STEPS / (EAST - WEST)))
    return up << 16 | along


def degrees(spot: int) -> tuple[float, float] | tuple[None, None]:
    """Return latitude and longitude of a position, right to about ten metres."""
    if spot == NOWHERE:
        return None, None
    lat = SOUTH + (spot >> 16) * ((NORTH - SOUTH) / STEPS)
    lon = WEST + (spot & 0xFFFF) * ((EAST - WEST) / STEPS)
    return round(lat, 5), round(lon, 5)
