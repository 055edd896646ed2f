"""Read the part between ``+++`` lines at the head of a letter file: TOML, then the body."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from campaign_app.errors import LetterFault

_Kind = TypeVar("_Kind")

MARK = "+++"
MAX_FILE = 65_536  #: Characters in a letter file.


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The TOML of a letter file, read key by key with a plain word when one has the wrong type.

    A missing key reads as empty, so that proof-reading can name everything that is missing.
    """

    values: Mapping[str, object]

    def text(self, key: str) -> str:
        """Return a text; raises LetterFault when the key holds something else."""
        return self._of_type(key, str, "text in quotation marks") or ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; raises LetterFault when the key holds something else."""
        found = self._of_type(key, list, "a list of texts") or []
        return tuple(self._item(key, item) for item in found)

    def yes(self, key: str) -> bool:
        """Return true or false, false when missing; raises LetterFault for something else."""
        return self._of_type(key, bool, "true or false") or False

    def tables(self, key: str) -> Sequence[FrontMatter]:
        """Return the tables written as ``[[key]]``; raises LetterFault for something else."""
        found = self._of_type(key, list, f"tables, each under [[{key}]]") or []
        if not all(isinstance(item, dict) for item in found):
            raise LetterFault(f"{key!r} must hold tables. Write each one under [[{key}]].")
        return [FrontMatter(item) for item in found]

    def _of_type(self, key: str, kind: type[_Kind], wanted: str) -> _Kind | None:
        value = self.values.get(key)
        if value is None or isinstance(value, kind):
            return value
        raise LetterFault(f"{key!r} must be {wanted}. Change it at the top of the file.")

    def _item(self, key: str, item: object) -> str:
        if isinstance(item, str):
            return item
        raise LetterFault(f"Each item of {key!r} must be text in quotation marks.")


def split_front_matter(text: str) -> tuple[FrontMatter, str]:
    """Return the front matter and the body of a letter file.

    Raises LetterFault when the file is too long, when a ``+++`` line is missing, or when the
    part between them is not TOML.
    """
    if len(text) > MAX_FILE:
        raise LetterFault(f"The file has more than {MAX_FILE:,} characters. Make it shorter.")
    lines = text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    begin, end, *_ = (*(n for n, line in enumerate(lines) if line.rstrip() == MARK), -1, -1)
    if begin != 0 or end < 0:
        raise LetterFault(
            f"The file must begin with a {MARK} line, its settings and a {MARK} line."
        )
    settings, body = lines[1:end], lines[end + 1 :]
    return FrontMatter(_toml("\n".join(settings))), "\n".join(body).strip()


def _toml(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LetterFault(f"The settings at the top cannot be read: {error}.") from error
