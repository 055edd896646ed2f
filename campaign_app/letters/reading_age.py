"""How many years of school a text asks of its reader."""

from __future__ import annotations

import re
from collections.abc import Iterable

from campaign_app.letters.syllables import syllables

LIMIT = 7.0  #: The highest grade for anything a supporter or an office reads: about age 11 to 12.

# Names and fixed terms that a text cannot replace by an easier word.
FIXED_TERMS: tuple[str, ...] = (
    "All-Party Parliamentary Group on Breast Cancer",
    "A Mixed Picture: An Inquiry into Geographical Inequalities and Breast Cancer",
    "A Mixed Picture",
    "Clinical Advice to Cancer Alliances for the Provision of Breast Cancer Services",
    "Clinical Advice",
    "Breast Cancer Clinical Expert Group",
    "Cancer Outcomes and Services Dataset",
    "Cancer Dashboard",
    "Cancer Alliances",
    "Cancer Alliance",
    "Clinical Nurse Specialist",
    "Breast Cancer Now",
    "NHS England",
    "Health Education England",
    "NHS",
    "MPs",
    "MP",
    "MSPs",
    "MSP",
    "MLAs",
    "MLA",
    "GPs",
    "GP",
    "UK",
    "Westminster",
    "WriteToThem",
    "Scottish Parliament",
    "Scottish Government",
    "Welsh Government",
    "Northern Ireland Assembly",
    "Northern Ireland",
    "Senedd",
    "States Assembly",
    "States of Deliberation",
    "Tynwald",
    "Isle of Man",
    "Jersey",
    "Guernsey",
    "Crown Dependencies",
    "England",
    "Scotland",
    "Wales",
)

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_BLOCK_END = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.)\s)")
_SENTENCE_END = re.compile(r"[.!?]+(?=\W*(?:\s|$))")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"^\s*(?:#+|>|[-*+]|\d+\.)\s+", re.MULTILINE)


def grade(text: str, names: Iterable[str] = FIXED_TERMS) -> float:
    """Return the Flesch-Kincaid grade of an English text, proper names left out.

    0.39 * words per sentence + 11.8 * syllables per word - 15.59 (Kincaid, Fishburne, Rogers and
    Chissom 1975, Research Branch Report 8-75). A grade is a year of school in the United States;
    add about five for an age. Each of ``names`` is taken out before counting, in its own capitals,
    the longest first. Headings and list items count as sentences. Markdown marks do not count.
    A text without words has grade 0.0. Under about a hundred words the answer is rough.
    """
    sentences = [words for words in _sentences(_without(without_marks(text), names)) if words]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return 0.0
    sounds = sum(syllables(word) for word in words)
    return round(0.39 * len(words) / len(sentences) + 11.8 * sounds / len(words) - 15.59, 1)


def without_marks(markdown: str) -> str:
    """Return Markdown as the words that are read: no link addresses, list marks or emphasis."""
    text = _LINK.sub(r"\1", markdown)
    blocks = (_MARKS.sub("", block) for block in _BLOCK_END.split(text))
    return "\n\n".join(blocks).replace("**", "").replace("_", " ")


def _without(text: str, names: Iterable[str]) -> str:
    longest_first = sorted((name for name in names if name), key=len, reverse=True)
    if not longest_first:
        return text
    pattern = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in longest_first)
    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", " ", text)


def _sentences(text: str) -> list[list[str]]:
    pieces = (piece for block in _BLOCK_END.split(text) for piece in _SENTENCE_END.split(block))
    return [_WORD.findall(piece) for piece in pieces]
