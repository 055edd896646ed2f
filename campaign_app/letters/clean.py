"""Take out of typed text what could harm a mail or mislead its reader, and nothing else."""

from __future__ import annotations

import re
import unicodedata

from campaign_app.errors import InvalidInput

MAX_LINE = 200  #: Characters in a one-line value: longer than any name, street or office we know.

# Unicode's line ends (UAX #14, class BK and NL), so that no reader sees a line that we do not.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Overrides, embeddings and isolates can make a line read otherwise than it is stored. The plain
# marks (U+200E, U+200F, U+061C) stay, because Arabic and Hebrew text needs them.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class NotOneLine(InvalidInput):
    """A value that must be one line holds a line end."""

    message = "Names and address lines must each be one line."
    what_next = "Take out the line break and try again."


class TooLong(InvalidInput):
    """A one-line value is longer than any real one."""

    message = f"Names and address lines can have up to {MAX_LINE} characters each."
    what_next = "Make it shorter and try again."


def clean_text(text: str) -> str:
    r"""Return the text with ``\n`` line ends and without control or bidi-override characters.

    Line ends of every kind become ``\n`` and a tab becomes a space. NUL, other control
    characters, lone surrogates and the bidi embeddings, overrides and isolates go. Letters of
    every script, accents and emoji stay as they were typed.
    """
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    return "".join(char for char in text if char == "\n" or not _harmful(char))


def one_line(text: str) -> str:
    """Return a cleaned value of one line, without spaces around it.

    Raises NotOneLine when a line end is left inside, TooLong above ``MAX_LINE`` characters.
    """
    cleaned = clean_text(text).strip()
    if "\n" in cleaned:
        raise NotOneLine
    if len(cleaned) > MAX_LINE:
        raise TooLong
    return cleaned


def _harmful(char: str) -> bool:
    return char in _BIDI or unicodedata.category(char) in {"Cc", "Cs"}
