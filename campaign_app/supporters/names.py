"""Names and address lines as people type them: kept as they are, made safe to carry."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def one_line(text: str) -> str:
    """Return text on one line without control or direction marks; letters stay as typed."""
    kept = "".join(
        " " if character in "\r\n\t\x0b\x0c\x85\u2028\u2029" else character
        for character in unicodedata.normalize("NFC", text)
        if not _hidden(character)
    )
    return _SPACES.sub(" ", kept).strip()


def _hidden(character: str) -> bool:
    """Return whether a character would act on text unseen; joiners that scripts need stay."""
    category = unicodedata.category(character)
    if category == "Cf":
        return character not in "\u200c\u200d"
    return category == "Cs" or (category == "Cc" and character not in "\r\n\t\x0b\x0c\x85")
