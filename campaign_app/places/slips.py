"""Slips of the eye in a postcode: O for 0, and I, 1 and L for one another.

A slip is found by position: each place of a postcode takes a letter or a digit, and
the first one or two letters must be a postcode area that exists. What is found is only
ever offered to the person, never put in by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

# Every postcode area of Royal Mail's list, with the Crown Dependencies, Gibraltar and those
# that are no place: BF, BX, XX and ONS's own ZZ.
_AREAS_IN_A_ROW = (
    "AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN "
    "DT DY E EC EH EN EX FK FY G GL GU GX GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L "
    "LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE "
    "SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV XX "
    "YO ZE ZZ"
)
AREAS = frozenset(_AREAS_IN_A_ROW.split())

# A letter is A, a digit 9; X is the last letter of an outward half: never I, L or O; B is a
# letter of an inward half: never C, I, K, M, O or V.
_SHAPES = ("A99BB", "A999BB", "A9X9BB", "AA99BB", "AA999BB", "AA9X9BB")
# District 0 exists (CR0), but no district of two digits begins with 0.
_DISTRICT = re.compile(r"\d|[1-9]\d|\d[A-Z]")

_READ_AS = {
    "A": {"0": "O", "1": "IL", "I": "IL", "L": "LI"},
    "9": {"O": "0", "I": "1", "L": "1"},
    "X": {},
    "B": {"1": "L", "I": "L"},
}
_FITS = {
    "A": frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "9": frozenset("0123456789"),
    "X": frozenset("ABCDEFGHJKMNPQRSTUVWXYZ"),
    "B": frozenset("ABDEFGHJLNPQRSTUWXYZ"),
}


def area_of(outward: str) -> str:
    """Return the area of an outward half: its letters before the first digit."""
    return outward[:2] if outward[1:2].isalpha() else outward[:1]


def mended(compact: str) -> str | None:
    """Return the postcode that was most likely meant, or None when no reading fits.

    ``compact`` is capital letters and digits; a well-formed one is returned as it is.
    """
    return min(_readings(compact), key=lambda reading: _changes(compact, reading), default=None)


def _changes(compact: str, reading: str) -> int:
    # A letter taken for another letter is rarer than a letter taken for a digit, so BI4 4BW
    # was meant to be B14 4BW and not BL4 4BW.
    pairs = zip(compact, reading, strict=True)
    return sum(
        (was != now) + (was != now and was.isalpha() and now.isalpha()) for was, now in pairs
    )


def _readings(compact: str) -> Iterator[str]:
    for shape in _SHAPES:
        if len(shape) == len(compact):
            slots = (_letters(char, place) for char, place in zip(compact, shape, strict=True))
            yield from filter(_possible, map("".join, product(*slots)))


def _letters(char: str, place: str) -> str:
    """Return what a character may stand for in a place; empty when it cannot stand there."""
    return _READ_AS[place].get(char, char if char in _FITS[place] else "")


def _possible(compact: str) -> bool:
    outward = compact[:-3]
    area = area_of(outward)
    return area in AREAS and _DISTRICT.fullmatch(outward.removeprefix(area)) is not None
