"""What people type into a postcode field, without what does not count."""

from __future__ import annotations

import unicodedata

from campaign_app.errors import InvalidInput

MAX_TYPED = 100  #: Characters that are looked at; a postcode with every mishap has fewer.

# What people and copied text put between or around the letters: it never changes the meaning.
_PUNCTUATION = frozenset(".,;:'\"()/_·•\u2212\t\r\n")
# Spaces, dashes of every width, and format characters: zero-width ones and bidi marks.
_SILENT = frozenset({"Zs", "Zl", "Zp", "Pd", "Cf"})


class StrangeText(InvalidInput):
    """Text that cannot be a postcode: too long, or with characters that none has."""


def compact(text: str) -> str:
    """Return typed text as capital letters and digits only, such as ``SE12DL``.

    Full-width letters become plain ones (NFKC). Raises StrangeText above ``MAX_TYPED``
    characters and for anything that is not a letter A to Z, a digit or punctuation.
    """
    if len(text) > MAX_TYPED:
        raise StrangeText
    plain = unicodedata.normalize("NFKC", text)
    kept = "".join(char for char in plain if not _silent(char))
    # Checked before it is made upper-case: a German ß would become SS by that.
    if kept and not (kept.isascii() and kept.isalnum()):
        raise StrangeText
    return kept.upper()


def _silent(char: str) -> bool:
    return char in _PUNCTUATION or unicodedata.category(char) in _SILENT
