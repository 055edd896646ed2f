"""Names of seats as Parliament and ONS spell them: joined by what stays the same."""

from __future__ import annotations

import re
import unicodedata

#: The seats that Parliament spells unlike ONS, whose spelling our table of areas follows.
AS_ONS_SPELLS = {
    "Bridlington and the Wolds": "Bridlington and The Wolds",
    "South Holland and the Deepings": "South Holland and The Deepings",
    "Montgomeryshire and Glyndŵr": "Montgomeryshire and Glyndwr",
}

# Unicode keeps these apart even in its compatibility form.
_MARKS = str.maketrans({"\u2018": "'", "\u2019": "'", "\u2010": "-", "\u2011": "-", "\u2013": "-"})
_SPACE = re.compile(r"\s+")


def plain(name: str) -> str:
    """Return a name without accents, capitals and doubled spaces, to be compared."""
    letters = unicodedata.normalize("NFKD", name.translate(_MARKS))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _SPACE.sub(" ", bare).strip().casefold()


def seat_key(name: str) -> str:
    """Return what a seat is joined by: its name as ONS spells it, made plain."""
    tidy = _SPACE.sub(" ", unicodedata.normalize("NFC", name)).strip()
    return plain(AS_ONS_SPELLS.get(tidy, tidy))
