"""Public bodies that no longer exist, so that no letter asks them for anything."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EndedBody:
    """One body, the year it ended, what it may be called, and what to name in its place."""

    name: str
    ended: int
    instead: str
    short: str = ""  # An abbreviation, matched in capitals; empty where it means other things.


# Health and Social Care Acts 2012 (in force 2013) and 2022, and the mergers announced by the
# Department of Health and Social Care; the years are those in which each body stopped.
ENDED_BODIES: tuple[EndedBody, ...] = (
    EndedBody("clinical commissioning group", 2022, "the integrated care board", "CCG"),
    EndedBody("primary care trust", 2013, "the integrated care board", "PCT"),
    EndedBody("strategic health authority", 2013, "the regional team of the NHS", "SHA"),
    EndedBody("health education england", 2023, "NHS England", "HEE"),
    EndedBody("public health england", 2021, "the UK Health Security Agency", "PHE"),
    EndedBody("nhs improvement", 2022, "NHS England"),
    EndedBody("nhs digital", 2023, "NHS England"),
    EndedBody("nhsx", 2022, "NHS England"),
    EndedBody("nhs commissioning board", 2013, "NHS England"),
    EndedBody("nhs trust development authority", 2016, "NHS England"),
    EndedBody("health protection agency", 2013, "the UK Health Security Agency"),
    EndedBody("national patient safety agency", 2012, "NHS England"),
    EndedBody("national cancer action team", 2013, "NHS England"),
    EndedBody("national assembly for wales", 2020, "the Senedd"),
    EndedBody("welsh assembly", 2020, "the Senedd"),
)

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n\s*\n")


def ended_bodies_named(text: str) -> tuple[EndedBody, ...]:
    """Return the bodies that the text names as if they still existed.

    Naming one is fine in a sentence that also says the year in which it ended.
    """
    sentences = [" ".join(sentence.split()) for sentence in _SENTENCE_END.split(text)]
    return tuple(body for body in ENDED_BODIES if any(_alive(body, one) for one in sentences))


def _alive(body: EndedBody, sentence: str) -> bool:
    if str(body.ended) in sentence:
        return False
    by_name = rf"(?i:\b{re.escape(body.name)}(?:s|ies)?\b)"
    if body.name.endswith("y"):
        by_name = rf"(?i:\b{re.escape(body.name[:-1])}(?:y|ies)\b)"
    by_short = rf"|\b{body.short}s?\b" if body.short else ""
    return re.search(by_name + by_short, sentence) is not None
