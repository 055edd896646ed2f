"""Proof-read letters: every fault is a plain sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from campaign_app.errors import CampaignError
from campaign_app.letters.catalogue import (
    LetterTemplate,
    letter_files,
    missing_parts,
    read_letter,
    syntax_faults,
)
from campaign_app.letters.ended_bodies import ended_bodies_named
from campaign_app.letters.fields import LetterFields, template_values
from campaign_app.letters.merge import LetterText, Part, merge
from campaign_app.letters.reading_age import FIXED_TERMS, LIMIT, grade
from campaign_app.letters.syntax import fields_in, fill

FEWEST_VARIANTS = 3
FEWEST_WORDS, MOST_WORDS = 150, 450  #: In a letter without the sender's own words and address.
LONGEST_SUBJECT = 90  #: Characters, with the reference; most mail lists cut what is longer.

# The longest names among the constituencies of 2024 and the alliances, so that real letters fit.
# Whoever these values look like, they are examples.
SAMPLE = LetterFields(
    name="Sam Example",
    postcode="HU10 6XX",
    outcode="HU10",
    address_lines=("1 Example Street", "Exampletown"),
    representative="Alex Example MP",
    salutation="Alex Example",
    constituency="Kingston upon Hull West and Haltemprice",
    alliance="Somerset, Wiltshire, Avon and Gloucestershire",
    organisation="Example Charity",
)

_REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,11}")
_FACT_DATE = re.compile(r"(\d{4})(?:-\d{2}){0,2}")
_FRAME = frozenset({Part.SALUTATION, Part.CLOSING, Part.SIGNATURE})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend in one letter; ``sentence`` says what is wrong and what to do."""

    letter: str  # "fair-care-everywhere/mp.md"
    sentence: str

    def __str__(self) -> str:
        return f"{self.letter}: {self.sentence}"


def proof_all(folder: Path) -> list[Fault]:
    """Return every fault of every letter file under the folder, letter by letter."""
    files = letter_files(folder)
    if not files:
        return [Fault(folder.name, "There are no letters here. Add <campaign>/<target kind>.md.")]
    return [fault for path in files for fault in _proof_file(path)]


def proof(template: LetterTemplate) -> list[Fault]:
    """Return every fault of one letter; none means that it may be sent.

    Rules that look at the merged letter wait until the template itself can be merged.
    """
    sentences = [sentence for rule in _RULES_OF_THE_FILE for sentence in rule(template)]
    if not missing_parts(template) and not syntax_faults(template):
        sentences.extend(_merged_faults(template))
    return [Fault(template.label, sentence) for sentence in dict.fromkeys(sentences)]


def _proof_file(path: Path) -> list[Fault]:
    try:
        return proof(read_letter(path))
    except CampaignError as error:
        label = f"{path.parent.name}/{path.name}"
        return [Fault(label, error.message.removeprefix(f"{label}: "))]


def _merged_faults(template: LetterTemplate) -> Iterator[str]:
    try:
        letters = [
            merge(replace(template, openings=(opening,)), SAMPLE, seed=b"proof")
            for opening in template.openings
        ]
        subjects = [fill(subject, template_values(SAMPLE)) for subject in template.subjects]
    except CampaignError as error:
        yield f"The letter cannot be made: {error.message}"
        return
    yield from _subject_faults(template, subjects)
    for rule in _RULES_OF_THE_LETTER:
        yield from (sentence for letter in letters for sentence in rule(template, letter))
    yield from _ended_body_faults("\n\n".join((*subjects, *(one.body for one in letters))))


def _variants(template: LetterTemplate) -> Iterator[str]:
    for kind in ("subjects", "openings"):
        count = len(set(getattr(template, kind)))
        if 0 < count < FEWEST_VARIANTS:
            yield (
                f"There are {count} different {kind}; {FEWEST_VARIANTS} are needed."
                f" Write {FEWEST_VARIANTS - count} more."
            )


def _reference(template: LetterTemplate) -> Iterator[str]:
    if template.reference and not _REFERENCE.fullmatch(template.reference):
        yield (
            f"The reference {template.reference!r} is not 2 to 12 capitals, digits or hyphens."
            " Write it like FCE, without brackets."
        )


def _declared_fields(template: LetterTemplate) -> Iterator[str]:
    if syntax_faults(template):
        return
    used = {field for piece in template.pieces() for field in fields_in(piece)}
    for field in sorted(used - set(template.fields)):
        yield f"The letter uses {field!r} but does not list it. Add it to fields."
    for field in sorted(set(template.fields) - used):
        yield f"The letter lists {field!r} but does not use it. Take it out of fields."


def _who_writes(template: LetterTemplate) -> Iterator[str]:
    if template.target_kind != "mp":
        return
    if not template.house_address:
        yield "An MP's office needs the sender's address. Write house_address = true."
    for field in ("constituency", "outcode"):
        if field not in template.introduction:
            yield f"An MP's office looks for the {field} first. Put it into the introduction."


def _alliance_address(template: LetterTemplate) -> Iterator[str]:
    if template.target_kind == "alliance" and template.house_address:
        yield "A Cancer Alliance does not need a house address. Write house_address = false."


def _asks(template: LetterTemplate) -> Iterator[str]:
    keys = [ask.key for ask in template.asks]
    if not all(keys) or len(set(keys)) < len(keys):
        yield "Each ask needs a key of its own. Give every ask a different key."
    if not all(ask.text for ask in template.asks):
        yield "An ask has no text. Write it or take the ask out."


def _facts(template: LetterTemplate) -> Iterator[str]:
    if not template.facts:
        yield "The letter names no fact that it rests on. Add [[facts]] with text, source and date."
    for fact in template.facts:
        if not (fact.text and fact.source and _FACT_DATE.fullmatch(fact.date)):
            yield (
                f"The fact {fact.text[:40]!r} needs a text, a source and a date."
                " Write the date like 2018 or 2017-08."
            )


def _subject_faults(template: LetterTemplate, subjects: list[str]) -> Iterator[str]:
    for subject in subjects:
        length = len(f"{subject} [{template.reference}]")
        if length > LONGEST_SUBJECT:
            yield (
                f"The subject {subject!r} can be {length} characters long with its"
                f" reference; {LONGEST_SUBJECT} is the most. Make it shorter."
            )
        if "\n" in subject:
            yield f"The subject {subject.split()[0]!r}... has two lines. Put it on one."


def _length(_template: LetterTemplate, letter: LetterText) -> Iterator[str]:
    words = len(_prose(letter).split())
    if words < FEWEST_WORDS:
        yield f"The letter has {words} words, fewer than {FEWEST_WORDS}. Say what it asks and why."
    if words > MOST_WORDS:
        yield f"The letter has {words} words, more than {MOST_WORDS}. Cut what can be spared."


def _reading_age(template: LetterTemplate, letter: LetterText) -> Iterator[str]:
    if template.lang != "en":
        # The formula knows English only.
        return
    found = grade(_prose(letter), names_in(template))
    if found > LIMIT:
        yield (
            f"The letter reads at grade {found}; {LIMIT} is the most."
            " Use shorter words and shorter sentences."
        )


def _age_stated(template: LetterTemplate, letter: LetterText) -> Iterator[str]:
    for fact in template.facts:
        found = _FACT_DATE.fullmatch(fact.date)
        if found and found.group(1) not in letter.body:
            yield (
                f"The letter does not say that {fact.source!r} is of {found.group(1)}."
                " Put the year into its text."
            )


def _ended_body_faults(text: str) -> Iterator[str]:
    for body in ended_bodies_named(text):
        yield (
            f"The letter names {body.name!r}, which ended in {body.ended}. Name {body.instead}"
            f" instead, or say in the same sentence that it ended in {body.ended}."
        )


def names_in(template: LetterTemplate) -> tuple[str, ...]:
    """Return the proper names that the reading age of a letter leaves out."""
    return (*FIXED_TERMS, *template.names, *template_values(SAMPLE).values())


def _prose(letter: LetterText) -> str:
    return "\n\n".join(one.text for one in letter.paragraphs if one.part not in _FRAME)


_RULES_OF_THE_FILE: tuple[Callable[[LetterTemplate], Iterator[str] | tuple[str, ...]], ...] = (
    missing_parts,
    syntax_faults,
    _variants,
    _reference,
    _declared_fields,
    _who_writes,
    _alliance_address,
    _asks,
    _facts,
)
_RULES_OF_THE_LETTER: tuple[Callable[[LetterTemplate, LetterText], Iterator[str]], ...] = (
    _length,
    _reading_age,
    _age_stated,
)
