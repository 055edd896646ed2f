"""Make one supporter's letter out of a letter file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from campaign_app.errors import InvalidInput
from campaign_app.letters.catalogue import MAX_CHOSEN_ASKS, Ask, LetterTemplate
from campaign_app.letters.clean import clean_text
from campaign_app.letters.fields import LetterFields, clean_fields, template_values
from campaign_app.letters.syntax import fill
from campaign_app.letters.variants import choose

_PARAGRAPH_END = re.compile(r"\n\s*\n")


class Part(StrEnum):
    """What a paragraph of a letter is there for."""

    SALUTATION = "salutation"
    INTRODUCTION = "introduction"
    OWN_WORDS = "own_words"
    OPENING = "opening"
    CASE = "case"
    ASKS_LEAD = "asks_lead"
    ASKS = "asks"
    CLOSING = "closing"
    SIGNATURE = "signature"


# What every letter has, or what names the sender, tells nothing about whose words it is made of.
_FRAME = frozenset(
    {Part.SALUTATION, Part.INTRODUCTION, Part.OWN_WORDS, Part.CLOSING, Part.SIGNATURE}
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph: a text that may hold line ends, and empty lines in the sender's own words."""

    part: Part
    text: str

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the lines: of the address, or one for each ask."""
        return tuple(self.text.split("\n"))


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter as it will be sent, without its footer; the body is the paragraphs joined."""

    subject: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def body(self) -> str:
        r"""Return the exact text: the paragraphs with one empty line between them."""
        return "\n\n".join(paragraph.text for paragraph in self.paragraphs)

    @property
    def head(self) -> tuple[Paragraph, ...]:
        """Return the paragraphs before the sender's own words, whether there are any or not."""
        return tuple(
            one for one in self.paragraphs if one.part in {Part.SALUTATION, Part.INTRODUCTION}
        )

    @property
    def own_words(self) -> str:
        """Return the sender's own words as the letter carries them, or an empty text."""
        own = (one.text for one in self.paragraphs if one.part is Part.OWN_WORDS)
        return next(own, "")

    @property
    def tail(self) -> tuple[Paragraph, ...]:
        """Return the paragraphs after the sender's own words."""
        above = {Part.SALUTATION, Part.INTRODUCTION, Part.OWN_WORDS}
        return tuple(one for one in self.paragraphs if one.part not in above)

    @property
    def own_words_span(self) -> tuple[int, int]:
        """Return where in the body the own words begin and end, equal when there are none."""
        start = len("\n\n".join(one.text for one in self.head)) + 2
        return start, start + len(self.own_words)

    @property
    def shared_text(self) -> str:
        """Return the campaign's part of the letter, for telling how much is the sender's own."""
        return "\n\n".join(one.text for one in self.paragraphs if one.part not in _FRAME)


def merge(
    template: LetterTemplate,
    fields: LetterFields,
    *,
    seed: bytes,
    own_words: str = "",
    asks: Sequence[str] = (),
) -> LetterText:
    """Return the letter of one supporter, the same for the same arguments.

    ``seed`` (``variants.letter_seed``) picks the subject and the opening. ``asks`` are the keys
    of up to two chosen asks, which then lead the list in that order. ``own_words`` come first
    after the introduction, cleaned by ``clean_text``, without blank space around them, and are
    never read as a template. Raises InvalidInput for an unknown or a third ask, for a missing
    house address where the letter carries one, and for a value that is not one line; LetterFault
    when the template is not allowed or needs a value that is not known. Source: trust.md E10, E13.
    """
    person = clean_fields(fields)
    values = template_values(person)
    chosen = _chosen(template.asks, asks)
    paragraphs = (
        *_paragraphs(Part.SALUTATION, template.salutation, values),
        *_paragraphs(Part.INTRODUCTION, template.introduction, values),
        *_own_words(own_words),
        *_paragraphs(Part.OPENING, choose(template.openings, seed, "opening"), values),
        *_case_and_asks(template, chosen, values),
        *_paragraphs(Part.CLOSING, template.closing, values),
        Paragraph(Part.SIGNATURE, _signature(template, person)),
    )
    return LetterText(_subject(template, seed, values), paragraphs)


def asks_leads(template: LetterTemplate, fields: LetterFields) -> tuple[str, ...]:
    """Return the sentence before the asks with none, one and two chosen, filled in.

    A page that moves the asks while someone chooses needs all three.
    """
    values = template_values(clean_fields(fields))
    return tuple(fill(lead, values) for lead in template.asks_lead)


def _subject(template: LetterTemplate, seed: bytes, values: Mapping[str, str]) -> str:
    subject = fill(choose(template.subjects, seed, "subject"), values)
    # An office sorts its mail by the reference, so that it must be there whatever was written.
    return f"{' '.join(subject.split())} [{template.reference}]"


def _chosen(asks: Sequence[Ask], keys: Sequence[str]) -> list[Ask]:
    unique = list(dict.fromkeys(keys))
    known = {ask.key: ask for ask in asks}
    if len(unique) > MAX_CHOSEN_ASKS or not known.keys() >= set(unique):
        raise InvalidInput("Choose up to two of the asks on the page.")
    return [known[key] for key in unique]


def _own_words(typed: str) -> Iterator[Paragraph]:
    text = clean_text(typed).strip()
    if text:
        yield Paragraph(Part.OWN_WORDS, text)


def _case_and_asks(
    template: LetterTemplate, chosen: Sequence[Ask], values: Mapping[str, str]
) -> Iterator[Paragraph]:
    before, *after = template.body_around_asks()
    yield from _paragraphs(Part.CASE, before, values)
    if template.asks:
        yield from _paragraphs(Part.ASKS_LEAD, template.asks_lead[len(chosen)], values)
        ordered = (*chosen, *(ask for ask in template.asks if ask not in chosen))
        yield Paragraph(Part.ASKS, "\n".join(f"- {fill(ask.text, values)}" for ask in ordered))
    for piece in after:
        yield from _paragraphs(Part.CASE, piece, values)


def _signature(template: LetterTemplate, person: LetterFields) -> str:
    if not template.house_address:
        return f"{person.name}\n{person.postcode}"
    if not (person.name and person.address_lines and person.postcode):
        raise InvalidInput(
            "The letter needs your name, your address and your postcode.",
            "Offices answer only people whose address they can see. Add what is missing.",
        )
    return "\n".join((person.name, *person.address_lines, person.postcode))


def _paragraphs(part: Part, source: str, values: Mapping[str, str]) -> Iterator[Paragraph]:
    for text in _PARAGRAPH_END.split(fill(_unwrapped(source), values)):
        if text.strip():
            yield Paragraph(part, text.strip())


def _unwrapped(source: str) -> str:
    """Return the source with each paragraph on one line, but list items on lines of their own.

    Files are wrapped for their writers; a mail program wraps a letter for its reader.
    """
    lines = "\n".join(line.strip() for line in source.split("\n"))
    return re.sub(r"(?<!\n)\n(?!\n|- )", " ", lines)
