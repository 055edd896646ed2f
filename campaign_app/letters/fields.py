"""The fields that a letter file may use, and the values that fill them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from campaign_app.letters.clean import one_line

FIELDS: dict[str, str] = {
    "salutation": "the words after Dear, such as Jane Smith",
    "representative": "the full name of the person or body written to",
    "constituency": "the supporter's constituency",
    "alliance": "the supporter's Cancer Alliance, without the words Cancer Alliance",
    "outcode": "the first half of the supporter's postcode, such as M20",
    "organisation": "the charity that runs the campaign",
    "name": "the supporter's full name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFields:
    """What is filled into one letter: who writes, from where, and to whom.

    An empty value counts as not known: ``{% if field %}`` is then false, and a letter that needs
    the value is refused.
    """

    name: str
    postcode: str  # "M20 4BX"
    outcode: str  # "M20"
    address_lines: tuple[str, ...] = ()  # House and street first; no postcode.
    representative: str = ""  # "Jane Smith MP"
    salutation: str = ""  # "Jane Smith", without "Dear"; empty means the representative's name.
    constituency: str = ""
    alliance: str = ""  # "Greater Manchester" or "Greater Manchester Cancer Alliance"
    organisation: str = ""


def clean_fields(values: LetterFields) -> LetterFields:
    """Return the values cleaned, each on one line, with empty address lines left out.

    Raises InvalidInput when a value holds a line end or is too long.
    """
    lines = (one_line(line) for line in values.address_lines)
    plain = {name: one_line(getattr(values, name)) for name in _plain_names()}
    plain["alliance"] = _short(plain["alliance"])
    plain["salutation"] = plain["salutation"] or plain["representative"]
    return replace(values, address_lines=tuple(line for line in lines if line), **plain)


def template_values(values: LetterFields) -> dict[str, str]:
    """Return the values by the names that letter files use; unknown values are left out."""
    return {name: value for name in FIELDS if (value := getattr(values, name))}


def _plain_names() -> list[str]:
    return [field.name for field in fields(LetterFields) if field.name != "address_lines"]


def _short(alliance: str) -> str:
    # Sources write one alliance in several ways; the letters add the two words themselves.
    return alliance.removesuffix("Cancer Alliance").strip() or alliance
