"""What people read is plain: every catalogue string has a reading age of about 11."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from campaign_app.letters.reading_age import FIXED_TERMS, LIMIT, grade

ROOT = Path(__file__).parent.parent
METHODS = [
    ("**.py", "python"),
    ("**.html", "jinja2.ext.babel_extract"),
    ("**.txt", "jinja2.ext.babel_extract"),
]
KEYWORDS = {"_": None, "gettext": None, "lazy": None, "N_": None}
SHORTEST_SENTENCE = 6  # words; the formula says nothing about shorter ones
NAMES = (*FIXED_TERMS, "Information Commissioner", "Web Content Accessibility Guidelines")
# The interface of the demonstration gives these words, and they cannot be said more plainly.
GIVEN = {
    "This is a demonstration. The representatives, signatures and messages in it are all invented."
}


@cache
def catalogue() -> tuple[str, ...]:
    """Return every string that gettext knows, with example values in its places."""
    found: set[str] = set()
    for folder in ("campaign_app", "templates"):
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, method_map=METHODS, keywords=KEYWORDS
        ):
            found.add(message if isinstance(message, str) else message[0])
    return tuple(sorted(found))


def sentences() -> list[str]:
    return [text for text in catalogue() if len(text.split()) >= SHORTEST_SENTENCE]


def test_the_catalogue_is_found() -> None:
    assert len(catalogue()) > 250


@pytest.mark.parametrize("text", sentences())
def test_a_sentence_of_the_catalogue_is_plain(text: str) -> None:
    if text in GIVEN:
        return
    plain = re.sub(r"%\(\w+\)s|\{\w+\}", "Alex", text)

    assert grade(plain, NAMES) <= LIMIT


def test_short_strings_are_plain_taken_together() -> None:
    short = [text for text in catalogue() if len(text.split()) < SHORTEST_SENTENCE]
    plain = re.sub(r"%\(\w+\)s|\{\w+\}", "Alex", ". ".join(short))

    assert grade(plain, NAMES) <= LIMIT
