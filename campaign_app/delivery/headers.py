"""Header lines of a mail: encoded (RFC 2047), quoted and folded (RFC 5322).

The standard library's writer is not used: up to Python 3.13 it reads an ASCII name that looks
like an encoded word as one, its folding differs between releases, and it costs ten times as
much. Its parser, which our readers' programs resemble, is what the tests hold this against.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from campaign_app.delivery.mail import HeaderRefused

FOLD_AT: Final = 76  #: characters; RFC 2047, section 2, for lines with encoded words
LONGEST_LINE: Final = 998  #: characters without CRLF; RFC 5322, section 2.1.1

# With the longest name before it ("Reply-To: "), a word still fits the first line.
_ENCODED: Final = 64 - len("=?utf-8?q??=")
_LONGEST_PLAIN: Final = 60
# The categories Cc and Cs of Unicode, which never grow, and its two separators.
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATOM: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
_PRINTABLE: Final = re.compile(r"[!-~]+")
# Inside a name, only these may stand for themselves (RFC 2047, section 5, rule 3).
_Q_PLAIN: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")


def line(name: str, words: Iterable[str]) -> str:
    """Return a header of ready words, folded between them and ended with CRLF.

    Raises HeaderRefused when a single word is too long for any line.
    """
    lines = [f"{name}:"]
    for word in words:
        room = FOLD_AT - len(lines[-1]) - 1
        if len(word) <= room or lines[-1] == f"{name}:":
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    if max(map(len, lines)) > LONGEST_LINE:
        raise HeaderRefused
    return "\r\n".join(lines) + "\r\n"


def text_words(value: str) -> list[str]:
    """Return the words of a subject or another free text, encoded where they need it.

    Raises HeaderRefused for line ends, other control characters and lone surrogates.
    """
    refuse_controls(value)
    return _words(value, _PRINTABLE)


def name_words(value: str) -> list[str]:
    """Return the words of a person's name for an address header, quoted or encoded.

    Spaces around it and runs of spaces inside are not part of a name; readers' programs drop
    them too. Raises HeaderRefused as ``text_words`` does.
    """
    refuse_controls(value)
    value = " ".join(filter(None, value.split(" ")))
    if value and _plain(value, _PRINTABLE):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'.split(" ")
    return _words(value, _ATOM)


def verbatim_words(value: str) -> list[str]:
    """Return the words of a value that must stay as it is; raises HeaderRefused beyond ASCII."""
    words = value.split(" ")
    if not all(_PRINTABLE.fullmatch(word) for word in words):
        raise HeaderRefused
    return words


def refuse_controls(value: str) -> None:
    """Raise HeaderRefused when a value could end its line in anybody's eyes.

    Those are the control characters (with CR, LF, NUL, tab and U+0085), U+2028 and U+2029;
    lone surrogates are no characters at all.
    """
    if _CONTROLS.search(value):
        raise HeaderRefused


def _plain(value: str, allowed: re.Pattern[str]) -> bool:
    """Return whether a value can be folded at its spaces and read back unchanged."""
    return all(_plain_word(word, allowed) for word in value.split(" "))


def _plain_word(word: str, allowed: re.Pattern[str]) -> bool:
    # What looks like an encoded word would be read as one, even in quotes.
    return len(word) <= _LONGEST_PLAIN and "=?" not in word and bool(allowed.fullmatch(word))


def _words(value: str, allowed: re.Pattern[str]) -> list[str]:
    """Return plain words as they are, and runs of others as encoded words.

    Plain words stay outside, because many programs show a space too many between two encoded
    words; a run keeps its own spaces inside.
    """
    if not value:
        return []
    if "" in value.split(" "):
        return list(_encoded(value))
    words: list[str] = []
    for plain, run in groupby(value.split(" "), lambda word: _plain_word(word, allowed)):
        joined = " ".join(run)
        words += joined.split(" ") if plain else _encoded(joined)
    return words


def _encoded(value: str) -> Iterator[str]:
    """Yield encoded words of whole characters (RFC 2047, section 5), in the shorter encoding."""
    in_q = len(_q(value)) <= len(_b(value))
    encode = _q if in_q else _b
    for piece in _pieces(value, in_q=in_q):
        yield f"=?utf-8?{'q' if in_q else 'b'}?{encode(piece)}?="


def _pieces(value: str, *, in_q: bool) -> Iterator[str]:
    piece, used = "", 0
    room = _ENCODED if in_q else _ENCODED // 4 * 3
    for char in value:
        cost = len(_q(char)) if in_q else len(char.encode())
        if used + cost > room:
            yield piece
            piece, used = "", 0
        piece, used = piece + char, used + cost
    yield piece


def _q(value: str) -> str:
    return "".join(map(_q_byte, value.encode()))


def _q_byte(byte: int) -> str:
    if byte in _Q_PLAIN:
        return chr(byte)
    return "_" if byte == ord(" ") else f"={byte:02X}"


def _b(value: str) -> str:
    return base64.b64encode(value.encode()).decode()
