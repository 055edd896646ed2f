"""The form of a petition: one table of fields, and a quick check of what was typed.

The hot path reads a form with ``read_form``; a WTForms form can be built from the same
``FIELDS``. A property test holds the two equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, Protocol

from babel import Locale

from campaign_app.errors import InvalidInput
from campaign_app.places import postcode as postcodes
from campaign_app.places.postcode import Postcode, PostcodeRefused, Special, SpecialKind
from campaign_app.places.typed import compact
from campaign_app.supporters.addresses import EmailAddress, canonical, likely_meant, read_address
from campaign_app.supporters.names import one_line
from campaign_app.vault import hashing

LONGEST_NAME = 80
HOME = "GB"
SHORT = 60  #: letters; longer addresses have limits of their own
_PLAIN = re.compile(r"[A-Za-z0-9_-]+(?:[.+][A-Za-z0-9_-]+)*", re.ASCII)
#: Codes of the Unicode list that are no country.
NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
#: Postcodes that lead to no constituency, and yet somebody lives there who may sign.
WELCOME_SPECIALS = frozenset({SpecialKind.BFPO, SpecialKind.OVERSEAS, SpecialKind.CROWN})


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it.
    """Mark words for the catalogue; a door translates them."""
    return text


class FieldKind(StrEnum):
    """How a field is read."""

    NAME = "name"
    EMAIL = "email"
    POSTCODE = "postcode"
    COUNTRY = "country"
    CHOICE = "choice"
    HIDDEN = "hidden"
    TRAP = "trap"  #: people do not see it, so whoever fills it in is a program


@dataclass(frozen=True, slots=True)
class SignField:
    """One field: its name in the form, how it is read, and the words around it."""

    name: str
    kind: FieldKind
    label: str = ""
    missing: str = ""  #: words when it is needed and empty
    longest: int = 254


TOO_LONG = N_("Use 80 letters or fewer.")
CHECK_EMAIL = N_("Check your email address. If it is right, go on.")
CHOOSE_COUNTRY = N_("Choose your country from the list.")

FIELDS: tuple[SignField, ...] = (
    SignField(
        "first_name", FieldKind.NAME, N_("First name"), N_("Enter your first name"), LONGEST_NAME
    ),
    SignField(
        "last_name", FieldKind.NAME, N_("Last name"), N_("Enter your last name"), LONGEST_NAME
    ),
    SignField(
        "email",
        FieldKind.EMAIL,
        N_("Email address"),
        N_("Enter your email address, like name@example.com"),
    ),
    SignField("country", FieldKind.COUNTRY, N_("Country")),
    SignField(
        "postcode", FieldKind.POSTCODE, N_("Postcode"), N_("Enter your postcode, like M20 4BX")
    ),
    SignField("consent_email", FieldKind.CHOICE),
    SignField("email_seen", FieldKind.HIDDEN),
    SignField("website", FieldKind.TRAP, N_("Leave this empty")),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field, in words, and what may have been meant."""

    field: str
    message: str
    suggestion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignForm:
    """A form that can be signed with; nothing of it is proven.

    ``postcode`` is None abroad. ``special`` is set for a postcode that no look-up is needed
    for; ``country`` is None in the UK. ``contact`` is None when nothing was chosen.
    """

    first_name: str
    last_name: str
    address: EmailAddress
    postcode: str | None
    country: str | None = None
    contact: bool | None = None
    trapped: bool = False
    place: Postcode | None = field(default=None, compare=False)  #: what to look up, if anything

    @property
    def outcode(self) -> str | None:
        """Return the first half of the postcode."""
        return self.postcode.partition(" ")[0][:4] if self.postcode else None

    @property
    def person_key(self) -> bytes:
        """Return the keyed hash of this person at this address."""
        return hashing.person_key(self.address.canonical, self.first_name, self.last_name)

    @property
    def postcode_key(self) -> bytes:
        """Return the keyed hash by which two people at one address are seen to live together."""
        return postcode_key(self.postcode or self.country or "")


class Typed(Protocol):
    """What came in a form: each name with all its values, as Werkzeug's MultiDict gives them."""

    def getlist(self, key: str) -> list[str]:
        """Return every value of a name."""
        ...


@dataclass(slots=True)
class _Reading:
    """A form on its way: what could be read, and what is wrong."""

    typed: Typed
    countries: bool
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str) -> str:
        given = self.typed.getlist(name)
        return given[0] if given else ""

    def refuse(self, which: SignField, message: str, suggestion: str | None = None) -> None:
        self.problems.append(Problem(which.name, message, suggestion))


def read_form(typed: Typed, *, countries: bool = False) -> SignForm | Sequence[Problem]:
    """Return a checked form, or what is wrong with it in the order of the fields.

    ``countries`` says whether people outside the UK may sign.
    """
    reading = _Reading(typed, countries)
    for which in FIELDS:
        READERS[which.kind](reading, which)
    return reading.problems or SignForm(**reading.values)


def _name(reading: _Reading, which: SignField) -> None:
    value = one_line(reading.text(which.name))
    if not value:
        reading.refuse(which, which.missing)
    elif len(value) > which.longest:
        reading.refuse(which, TOO_LONG)
    reading.values[which.name] = value


def _email(reading: _Reading, which: SignField) -> None:
    text = one_line(reading.text(which.name))
    if not text:
        return reading.refuse(which, which.missing)
    try:
        address = _plain_address(text) or read_address(text)
    except InvalidInput as refused:
        return reading.refuse(which, refused.message)
    meant = _meant(address)
    if meant and reading.text("email_seen") != address.written:
        return reading.refuse(which, CHECK_EMAIL, meant)
    reading.values["address"] = address
    return None


def _plain_address(text: str) -> EmailAddress | None:
    """Read a plain address whose domain was read before; anything else takes the long way."""
    local, at, domain = text.rpartition("@")
    if not at or len(text) > SHORT or not _PLAIN.fullmatch(local):
        return None
    known = _domain_read(domain)
    if known is None:
        return None
    return EmailAddress(
        f"{local}@{known.written[2:]}", canonical(local, known.domain), known.domain
    )


@lru_cache(maxsize=4096)
def _domain_read(domain: str) -> EmailAddress | None:
    try:
        return read_address(f"a@{domain}")
    except InvalidInput:
        return None


def _meant(address: EmailAddress) -> str | None:
    domain = _domain_meant(address.domain)
    return f"{address.written.rpartition('@')[0]}@{domain}" if domain else None


@lru_cache(maxsize=4096)
def _domain_meant(domain: str) -> str | None:
    """Remember what a domain is a slip of: looking for it takes longer than all the rest."""
    meant = likely_meant(EmailAddress(f"a@{domain}", f"a@{domain}", domain))
    return meant.partition("@")[2] if meant else None


def _country(reading: _Reading, which: SignField) -> None:
    code = reading.text(which.name).strip().upper() if reading.countries else ""
    if code and code not in countries():
        reading.refuse(which, CHOOSE_COUNTRY)
    reading.values["country"] = code if code and code != HOME else None


def _postcode(reading: _Reading, which: SignField) -> None:
    reading.values["postcode"] = None
    if reading.values["country"] is not None:
        return None
    text = reading.text(which.name)
    if not text.strip():
        return reading.refuse(which, which.missing)
    special = postcodes.special(text)
    if special is not None:
        return _special(reading, which, special, text)
    try:
        found = postcodes.parse(text)
    except PostcodeRefused as refused:
        meant = str(refused.suggestion) if refused.suggestion else None
        return reading.refuse(which, refused.message, meant)
    reading.values["postcode"], reading.values["place"] = str(found), found
    return None


def _special(reading: _Reading, which: SignField, special: Special, text: str) -> None:
    if special.kind not in WELCOME_SPECIALS:
        return reading.refuse(which, special.message)
    reading.values["postcode"] = compact(text)
    if special.kind is SpecialKind.CROWN:
        _crown(reading, text)
    return None


def _crown(reading: _Reading, text: str) -> None:
    # A whole postcode of Jersey, Guernsey or Man is known to the sources like any other.
    try:
        found = postcodes.parse(text)
    except PostcodeRefused:
        return
    reading.values["postcode"], reading.values["place"] = str(found), found


def _choice(reading: _Reading, which: SignField) -> None:
    reading.values["contact"] = {"yes": True, "no": False}.get(reading.text(which.name))


def _hidden(_reading: _Reading, _which: SignField) -> None:
    """Leave a field alone that only another one reads."""


def _trap(reading: _Reading, which: SignField) -> None:
    # Sent twice, the first value may be empty: all of them count.
    reading.values["trapped"] = any(value.strip() for value in reading.typed.getlist(which.name))


READERS: Mapping[FieldKind, Callable[[_Reading, SignField], None]] = {
    FieldKind.NAME: _name,
    FieldKind.EMAIL: _email,
    FieldKind.COUNTRY: _country,
    FieldKind.POSTCODE: _postcode,
    FieldKind.CHOICE: _choice,
    FieldKind.HIDDEN: _hidden,
    FieldKind.TRAP: _trap,
}


@cache
def countries() -> frozenset[str]:
    """Return the two-letter codes of countries (ISO 3166-1)."""
    return frozenset(_codes()) - NO_COUNTRY


def _codes() -> Iterator[str]:
    for code in map(str, Locale("en").territories):
        if len(code) == 2 and code.isalpha():  # noqa: PLR2004 - longer ones are continents.
            yield code


def postcode_key(text: str) -> bytes:
    """Return the keyed hash of a postcode, or of a country where there is none."""
    return hashing.keyed("signature postcode", text.replace(" ", "").upper())
