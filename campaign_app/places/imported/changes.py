"""What would change if one directory took the place of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from campaign_app.places.imported.layout import COLUMNS, UNITS
from campaign_app.places.imported.mapped import MappedDirectory, Sector

_Pair = tuple[int, int]  # The word of a postcode in the old directory, and in the new one.


@dataclass(slots=True)
class Changes:
    """How many postcodes came, went, or have another code; counted from old to new."""

    gained: int = 0
    lost: int = 0
    ended: int = 0  #: live before, terminated now
    revived: int = 0  #: terminated before, live now
    nation: int = 0
    constituency: int = 0
    alliance: int = 0
    council: int = 0

    @property
    def none(self) -> bool:
        """Return whether nothing changed."""
        return not any(getattr(self, field.name) for field in fields(self))


def changes(old: MappedDirectory, new: MappedDirectory) -> Changes:
    """Return what is different in ``new``; positions do not count."""
    found, comparison = Changes(), _Comparison(old, new)
    before = {sector.number: sector for sector in old.sectors()}
    for now in new.sectors():
        was = before.pop(now.number, Sector(now.number, 0, 0))
        found.gained += (now.bits & ~was.bits).bit_count()
        found.lost += (was.bits & ~now.bits).bit_count()
        for pair in comparison.different(was, now):
            _count(found, old, new, pair)
    found.lost += sum(sector.bits.bit_count() for sector in before.values())
    return found


class _Comparison(dict[_Pair, bool]):
    """Knows whether a word of the old directory means the same as one of the new."""

    MOST = 100_000  # A real directory has some 3,000 different words.

    def __init__(self, old: MappedDirectory, new: MappedDirectory) -> None:
        super().__init__()
        self.old, self.new = old, new
        # With the same tables of codes, the same word means the same.
        self.literal = old.about.tables == new.about.tables

    def __missing__(self, pair: _Pair) -> bool:
        if len(self) > self.MOST:
            self.clear()
        was, now = pair
        self[pair] = same = was & 1 == now & 1 and self.old.decoded(was) == self.new.decoded(now)
        return same

    def different(self, was: Sector, now: Sector) -> Iterator[_Pair]:
        """Yield the words of the postcodes that are in both sectors and differ."""
        before, after = self.old.words_of(was), self.new.words_of(now)
        if self.literal and was.bits == now.bits and before == after:
            return
        for pair in _pairs(was.bits, before, now.bits, after):
            if pair[0] != pair[1] if self.literal else not self[pair]:
                yield pair


def _pairs(was: int, before: list[int], now: int, after: list[int]) -> Iterator[_Pair]:
    if was == now:
        return zip(before, after, strict=True)
    by_unit = dict(zip(_units(was), before, strict=True))
    both = ((by_unit.get(unit), word) for unit, word in zip(_units(now), after, strict=True))
    return ((first, second) for first, second in both if first is not None)


def _units(bits: int) -> Iterator[int]:
    return (unit for unit in range(UNITS) if bits >> (UNITS - 1 - unit) & 1)


def _count(found: Changes, old: MappedDirectory, new: MappedDirectory, pair: _Pair) -> None:
    was, now = pair
    found.ended += was & ~now & 1
    found.revived += now & ~was & 1
    for name, before, after in zip(COLUMNS, old.decoded(was), new.decoded(now), strict=True):
        if before != after:
            setattr(found, name, getattr(found, name) + 1)
