"""The letters that a campaign can send, read from files that a campaigner can write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from campaign_app.errors import LetterFault
from campaign_app.letters import syntax
from campaign_app.letters.fields import FIELDS
from campaign_app.letters.front_matter import FrontMatter, split_front_matter

ASKS_SLOT = "{{ asks }}"  #: The line of a body on which the list of asks stands.
MAX_CHOSEN_ASKS = 2


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that the letter asks for; ``key`` names it in forms and in the database."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement that the letter rests on, for proof-reading; ``date`` is 2018 or 2017-08."""

    text: str
    source: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTemplate:
    """One letter file as written: every text is still unfilled and is checked when filled.

    ``asks_lead`` holds the sentence before the list of asks: with none, one and two chosen.
    """

    campaign: str  # "fair-care-everywhere"
    target_kind: str  # "mp"
    lang: str  # "en"
    reference: str  # "FCE", without brackets
    subjects: tuple[str, ...]
    openings: tuple[str, ...]
    salutation: str
    introduction: str
    closing: str
    body: str
    house_address: bool = False
    asks: tuple[Ask, ...] = ()
    asks_lead: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    fields: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return the letter's file name under ``letters/``."""
        language = "" if self.lang == "en" else f".{self.lang}"
        return f"{self.campaign}/{self.target_kind}{language}.md"

    def pieces(self) -> Iterator[str]:
        """Yield every text of the letter that is filled in when it is merged."""
        yield from (*self.subjects, *self.openings, self.salutation, self.introduction)
        yield from (self.closing, *self.asks_lead, *(ask.text for ask in self.asks))
        yield from self.body_around_asks()

    def body_around_asks(self) -> tuple[str, ...]:
        """Return the body's text before the asks and after them, or the body alone."""
        lines = self.body.split("\n")
        slots = [number for number, line in enumerate(lines) if _is_slot(line)]
        if not slots:
            return (self.body,)
        return "\n".join(lines[: slots[0]]), "\n".join(lines[slots[0] + 1 :])


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The letters of one folder, by campaign, kind of target and language."""

    letters: Mapping[tuple[str, str, str], LetterTemplate]

    def letter(self, campaign: str, target_kind: str, lang: str = "en") -> LetterTemplate:
        """Return a letter, in English where the language has none of it.

        Raises LetterFault when there is no such letter at all.
        """
        keys = ((campaign, target_kind, lang), (campaign, target_kind, "en"))
        for key in keys:
            if key in self.letters:
                return self.letters[key]
        raise LetterFault(f"There is no letter {campaign}/{target_kind}.md.")


def load_catalogue(folder: Path) -> Catalogue:
    """Return every letter under ``<folder>/<campaign>/<target kind>[.<lang>].md``.

    Raises LetterFault, naming the file, when one cannot be read or merged. Files straight in
    the folder, such as README.md, are not letters. Keep the answer: nothing is cached here.
    """
    templates = [load_letter(path) for path in letter_files(folder)]
    return Catalogue({(one.campaign, one.target_kind, one.lang): one for one in templates})


def load_letter(path: Path) -> LetterTemplate:
    """Return one letter that can be merged; raises LetterFault, naming the file, if it cannot."""
    template = read_letter(path)
    for fault in (*missing_parts(template), *syntax_faults(template)):
        raise LetterFault(f"{template.label}: {fault}")
    return template


def letter_files(folder: Path) -> list[Path]:
    """Return the letter files of a folder in order of campaign and name."""
    return sorted(folder.glob("*/*.md"))


def read_letter(path: Path) -> LetterTemplate:
    """Return one letter as written, faults and all; raises LetterFault if it is not a letter."""
    try:
        front, body = split_front_matter(path.read_text(encoding="utf-8"))
        return _template(path, front, body)
    except UnicodeDecodeError as error:
        fault = "The file is not text in UTF-8. Save it again as UTF-8."
        raise LetterFault(f"{_label(path)}: {fault}") from error
    except LetterFault as error:
        raise LetterFault(f"{_label(path)}: {error.message}") from error


def missing_parts(template: LetterTemplate) -> tuple[str, ...]:
    """Return a plain sentence for each part that a letter cannot do without."""
    parts = {
        "reference": template.reference,
        "subjects": template.subjects,
        "openings": template.openings,
        "salutation": template.salutation,
        "introduction": template.introduction,
        "closing": template.closing,
        "body": template.body,
    }
    return (
        *(f"The letter has no {part}. Add one." for part, value in parts.items() if not value),
        *_asks_faults(template),
    )


def syntax_faults(template: LetterTemplate) -> tuple[str, ...]:
    """Return a plain sentence for everything in the letter that is more than a field or an if."""
    found = (fault for piece in template.pieces() for fault in syntax.faults(piece, FIELDS))
    return tuple(dict.fromkeys(found))


def _is_slot(line: str) -> bool:
    return line.replace(" ", "") == ASKS_SLOT.replace(" ", "")


def _asks_faults(template: LetterTemplate) -> Iterator[str]:
    has_slot = any(_is_slot(line) for line in template.body.split("\n"))
    if template.asks and not has_slot:
        yield f"The letter has asks but no place for them. Put {ASKS_SLOT} on a line of its own."
    if has_slot and not template.asks:
        yield f"The body has a line {ASKS_SLOT} but there are no asks. Add [[asks]] or take it out."
    if template.asks and len(template.asks_lead) != MAX_CHOSEN_ASKS + 1:
        yield "asks_lead needs three sentences: for no ask chosen, for one and for two."


def _template(path: Path, front: FrontMatter, body: str) -> LetterTemplate:
    target_kind, _, lang = path.stem.partition(".")
    return LetterTemplate(
        campaign=path.parent.name,
        target_kind=target_kind,
        lang=lang or "en",
        reference=front.text("reference"),
        subjects=front.texts("subjects"),
        openings=front.texts("openings"),
        salutation=front.text("salutation"),
        introduction=front.text("introduction"),
        closing=front.text("closing"),
        body=body,
        house_address=front.yes("house_address"),
        asks=tuple(Ask(ask.text("key"), ask.text("text")) for ask in front.tables("asks")),
        asks_lead=front.texts("asks_lead"),
        facts=tuple(_fact(fact) for fact in front.tables("facts")),
        fields=front.texts("fields"),
        names=front.texts("names"),
    )


def _fact(front: FrontMatter) -> Fact:
    return Fact(front.text("text"), front.text("source"), front.text("date"))


def _label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
