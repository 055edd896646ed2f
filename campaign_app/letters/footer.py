"""The lines under every letter that tell an office honestly where it came from."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from campaign_app.letters.clean import one_line

# Not the "-- " of mail signatures: many readers fold away what stands under that.
SEPARATOR = "-" * 40


class _Words(NamedTuple):
    wrote: str
    confirmed: str
    unconfirmed: str
    replies: str
    reference: str
    questions: str
    months: tuple[str, ...]


_ENGLISH = _Words(
    wrote="{name} wrote this using {organisation}'s campaign page and {standing}.",
    confirmed="confirmed their email address on {day}",
    unconfirmed="has not confirmed their email address",
    replies="Replies go straight to {name}.",
    reference="Campaign reference: [{reference}].",
    questions="Questions about this campaign: {contact}",
    months=(
        "January", "February", "March", "April", "May", "June", "July",
        "August", "September", "October", "November", "December",
    ),
)  # fmt: skip
_BY_LANGUAGE = {"en": _ENGLISH}


def footer(
    *,
    name: str,
    organisation: str,
    reference: str,
    contact: str,
    confirmed_on: date | None,
    lang: str = "en",
) -> str:
    """Return the footer, its row of dashes first.

    ``confirmed_on`` is the day in London on which the sender proved their email address, or
    None. ``reference`` comes without brackets. A language we have no words for gets English.
    Raises InvalidInput when a value holds a line end. Source: trust.md E14.
    """
    words = _BY_LANGUAGE.get(lang, _ENGLISH)
    standing = words.unconfirmed
    if confirmed_on:
        standing = words.confirmed.format(day=_day(confirmed_on, words))
    values = {
        "name": one_line(name),
        "organisation": one_line(organisation),
        "reference": one_line(reference),
        "contact": one_line(contact),
        "standing": standing,
    }
    lines = (words.wrote, words.replies, words.reference, words.questions)
    # format() reads its pattern once: braces inside a value stay as they are.
    return "\n".join((SEPARATOR, *(line.format(**values) for line in lines)))


def with_footer(body: str, footer_text: str) -> str:
    """Return the whole text of the mail: the letter, an empty line, the footer."""
    return f"{body}\n\n{footer_text}\n"


def _day(day: date, words: _Words) -> str:
    return f"{day.day} {words.months[day.month - 1]} {day.year}"
