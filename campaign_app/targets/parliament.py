"""What UK Parliament says of its seats, their members and how to reach them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from campaign_app.targets.addresses import NotAnAddress, target_address

OFFICE = "Parliamentary office"
WEBSITE = "Website"
DOMAIN = "@parliament.uk"

_LONGEST_WEBSITE = 200
# The exchange of the Palace of Westminster; any other number may ring at a home.
_WESTMINSTER = re.compile(r"\+?[\d ()]*7219 ?\d{4}")


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the House of Commons; ``address_as`` is what follows Dear."""

    id: int
    full_title: str
    address_as: str
    party: str | None


@dataclass(frozen=True, slots=True)
class Seat:
    """A constituency as Parliament names it; ``member`` is None while it is vacant."""

    id: int
    name: str
    member: Member | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some seats, how many entries the page held, and how many there are on all pages."""

    seats: tuple[Seat, ...]
    entries: int
    total: int


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """One way to reach a member. Postal lines are left out: they can be those of a home."""

    kind: str
    preferred: bool = False
    email: str | None = None
    phone: str | None = None
    web: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """How a member can be reached at Parliament; what nobody filed is None."""

    email: str | None = None
    phone: str | None = None
    website: str | None = None


class Parliament(Protocol):
    """Where seats and contacts are asked for; raises TransientFailure."""

    def page(self, skip: int) -> Page:
        """Return the seats after the first ``skip`` entries."""
        ...

    def contacts(self, member_id: int) -> tuple[ContactRecord, ...]:
        """Return every way to reach a member."""
        ...


def reach(records: Sequence[ContactRecord]) -> Reach:
    """Pick how to reach a member, and never guess.

    The Parliamentary office's address first, the preferred one where there are several; else
    the first address at parliament.uk in any other record. A phone only when it is one at
    Westminster, and no postal address at all.
    """
    offices = sorted(_offices(records), key=lambda record: not record.preferred)
    return Reach(
        email=_first_address(offices) or _first_address(records, ending=DOMAIN),
        phone=next((found for record in offices if (found := _phone(record))), None),
        website=next((found for record in records if (found := _website(record))), None),
    )


def _offices(records: Sequence[ContactRecord]) -> list[ContactRecord]:
    return [record for record in records if record.kind.casefold() == OFFICE.casefold()]


def _first_address(records: Sequence[ContactRecord], ending: str = "") -> str | None:
    addresses = (_address(record) for record in records)
    return next((found for found in addresses if found and found.endswith(ending)), None)


def _address(record: ContactRecord) -> str | None:
    try:
        return target_address((record.email or "").strip())
    except NotAnAddress:
        return None


def _phone(record: ContactRecord) -> str | None:
    found = _WESTMINSTER.fullmatch((record.phone or "").strip())
    return found[0] if found else None


def _website(record: ContactRecord) -> str | None:
    address = (record.web or "").strip()
    usable = address.startswith(("https://", "http://")) and len(address) <= _LONGEST_WEBSITE
    return address if record.kind == WEBSITE and usable else None
