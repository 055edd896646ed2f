"""Postcodes as people type them, and the ones that are special."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from campaign_app.errors import InvalidInput
from campaign_app.places import slips, typed

# The shapes of Royal Mail's Postcode Address File. The last letter of an outward half is never
# I, L or O, and an inward half never holds C, I, K, M, O or V: so a slip is seen as one.
_OUTWARD = r"[A-Z]{1,2}(?:[1-9]\d|\d[A-HJKMNP-Z]?)"
_WHOLE = re.compile(rf"({_OUTWARD})(\d[ABD-HJLNP-UW-Z]{{2}})")
_PART = re.compile(rf"{_OUTWARD}(?:\d[A-Z]?)?")


@dataclass(frozen=True, slots=True)
class Postcode:
    """A well-formed postcode; whether it exists is for a source to say."""

    outward: str  #: such as ``SE1``
    inward: str  #: such as ``2DL``

    def __str__(self) -> str:
        return f"{self.outward} {self.inward}"

    @property
    def compact(self) -> str:
        """Return the postcode without its space, such as ``SE12DL``."""
        return self.outward + self.inward

    @property
    def outcode(self) -> str:
        """Return the outward half, which names a district and no person."""
        return self.outward


class PostcodeRefused(InvalidInput):
    """What was typed is no whole postcode; ``suggestion`` is what may have been meant."""

    message = "Enter your full postcode, like M20 4BX."
    what_next = "Check the postcode and try again."

    def __init__(
        self,
        message: str | None = None,
        what_next: str | None = None,
        *,
        suggestion: Postcode | None = None,
    ) -> None:
        """Take words for this case, and the postcode to offer as "did you mean"."""
        super().__init__(message, what_next)
        self.suggestion = suggestion


class NotAPostcode(PostcodeRefused):
    """The text does not have the shape of a UK postcode."""

    message = "That does not look like a UK postcode. Enter it like M20 4BX."


class PartialPostcode(PostcodeRefused):
    """Only the first part of a postcode was typed."""

    message = "Enter the whole postcode, like M20 4BX. This is only the first part of it."
    what_next = "The first part alone can lie in more than one constituency, so we need all of it."


class SpecialKind(StrEnum):
    """Sorts of postcode that lead to no constituency by themselves."""

    BFPO = "bfpo"
    OVERSEAS = "overseas"
    CROWN = "crown"
    RETIRED = "retired"
    MADE_UP = "made_up"
    NOT_GEOGRAPHIC = "not_geographic"


@dataclass(frozen=True, slots=True)
class Special:
    """A postcode that no look-up is needed for, with words for the person."""

    kind: SpecialKind
    message: str
    what_next: str


_SPECIALS = (
    (
        re.compile(r"BFPO.*|BF\d{1,2}(?:\d[A-Z]{0,2})?"),
        Special(
            SpecialKind.BFPO,
            "This is a British Forces (BFPO) address, which lies in no constituency.",
            "Use the postcode of the UK address where you are registered to vote.",
        ),
    ),
    (
        # The territories' codes are in the Universal Postal Union's list for the UK.
        re.compile(r"(?:ASCN|BBND|BIQQ|FIQQ|PCRN|SIQQ|STHL|TDCU|TKCA)(?:1ZZ)?|GX11(?:1AA)?"),
        Special(
            SpecialKind.OVERSEAS,
            "This is a postcode of a British Overseas Territory, which has no MP at Westminster.",
            "If you are registered to vote in the UK, use the postcode of that address.",
        ),
    ),
    (
        re.compile(r"(?:GY|IM|JE)\d{1,2}(?:\d[A-Z]{0,2})?"),
        Special(
            SpecialKind.CROWN,
            "This postcode is in Jersey, Guernsey or the Isle of Man, "
            "which have no MP at Westminster.",
            "You can write to a member of your own parliament instead.",
        ),
    ),
    (
        re.compile(r"GIR(?:0A{0,2})?"),
        Special(
            SpecialKind.RETIRED,
            "GIR 0AA was the postcode of Girobank and is not in use any more.",
            "Use the postcode of the address where you live.",
        ),
    ),
    (
        # ONS gives ZZ99 codes to people without a fixed address and to places abroad.
        re.compile(r"ZZ\d{1,2}(?:\d[A-Z]{0,2})?"),
        Special(
            SpecialKind.MADE_UP,
            "This is a stand-in that offices use when there is no postcode.",
            "Use a postcode near the place where you usually stay.",
        ),
    ),
    (
        re.compile(r"(?:BX|XX)\d{1,2}(?:\d[A-Z]{0,2})?"),
        Special(
            SpecialKind.NOT_GEOGRAPHIC,
            "This postcode belongs to an organisation and not to a place.",
            "Use the postcode of the address where you live.",
        ),
    ),
)


def parse(text: str) -> Postcode:
    """Return the postcode that was typed, in any case, spacing, dashes and dots.

    Raises PartialPostcode for the first part of one and NotAPostcode for anything else,
    each with a ``suggestion`` where a slip such as O for 0 explains what was typed. What
    was typed is never changed by itself. Takes linear time. Shapes: places.md section 7.
    """
    compact = _compact(text)
    whole = _split(compact)
    if whole and slips.area_of(whole.outward) in slips.AREAS:
        return whole
    if known := special(compact):
        raise NotAPostcode(known.message, known.what_next)
    if meant := slips.mended(compact):
        raise NotAPostcode(suggestion=_split(meant))
    if whole:
        # No area of this name is known to us, but only a source can say for sure.
        return whole
    raise PartialPostcode if _PART.fullmatch(compact) else NotAPostcode


def special(text: str) -> Special | None:
    """Return what is special about a typed postcode, whole or in part, or None.

    Ask this before ``parse``: BFPO numbers and most territories' codes have shapes of
    their own. A made-up postcode such as ZZ99 3VZ is special too.
    """
    try:
        compact = typed.compact(text)
    except typed.StrangeText:
        return None
    return next((what for shape, what in _SPECIALS if shape.fullmatch(compact)), None)


def _compact(text: str) -> str:
    try:
        compact = typed.compact(text)
    except typed.StrangeText:
        raise NotAPostcode from None
    if not compact:
        raise NotAPostcode(PostcodeRefused.message)
    return compact


def _split(compact: str) -> Postcode | None:
    match = _WHOLE.fullmatch(compact)
    return Postcode(match[1], match[2]) if match else None
