"""What a source says about one postcode."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaign_app.places.postcode import Postcode


class Status(StrEnum):
    """Whether a postcode is in use; values are at most 12 characters, as the table wants."""

    LIVE = "live"
    TERMINATED = "terminated"
    UNKNOWN = "unknown"  #: a complete source says that it does not exist
    NOT_GEOGRAPHIC = "no_geography"  #: it belongs to an organisation, not to a place


class Nation(StrEnum):
    """Where a postcode lies, in the words of the ONS Postcode Directory."""

    ENGLAND = "England"
    SCOTLAND = "Scotland"
    WALES = "Wales"
    NORTHERN_IRELAND = "Northern Ireland"
    CHANNEL_ISLANDS = "Channel Islands"
    ISLE_OF_MAN = "Isle of Man"


# ONS register of geographic codes: constituencies of 2024, Cancer Alliances, and councils
# (unitary, district, metropolitan, London, Wales, Scotland, Northern Ireland). Pseudo codes
# such as E99999999 stand for "none here" and match none of these.
_PCON = re.compile(r"(?:E14|W07|S14|N05)\d{6}", re.ASCII)
_ALLIANCE = re.compile(r"E56\d{6}", re.ASCII)
_COUNCIL = re.compile(r"(?:E0[6-9]|W06|S12|N09)\d{6}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What ``source`` says about a postcode, as of ``as_of``; what it does not know is None.

    Codes are ONS codes and always real ones: a pseudo code raises ValueError. Positions are
    WGS84 degrees.
    """

    postcode: Postcode
    status: Status
    source: str  #: at most 24 characters
    as_of: datetime
    nation: Nation | None = None
    pcon: str | None = None
    alliance: str | None = None
    council: str | None = None
    lat: float | None = None
    lon: float | None = None

    def __post_init__(self) -> None:
        real = (real_pcon(self.pcon), real_alliance(self.alliance), real_council(self.council))
        if real != (self.pcon, self.alliance, self.council):
            raise ValueError("an answer holds real ONS codes only")


def real_pcon(code: str | None) -> str | None:
    """Return the code if it is one of a Westminster constituency of 2024, else None."""
    return code if code and _PCON.fullmatch(code) else None


def real_alliance(code: str | None) -> str | None:
    """Return the code if it is one of a Cancer Alliance, else None."""
    return code if code and _ALLIANCE.fullmatch(code) else None


def real_council(code: str | None) -> str | None:
    """Return the code if it is one of a council, else None."""
    return code if code and _COUNCIL.fullmatch(code) else None
