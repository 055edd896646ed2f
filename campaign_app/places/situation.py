"""What a place means for someone who wants to write to an MP in England."""

from __future__ import annotations

from enum import StrEnum

from campaign_app.errors import UnknownPostcode
from campaign_app.places.answers import Answer, Nation, Status
from campaign_app.places.postcode import Special, SpecialKind


class Situation(StrEnum):
    """Where a letter to an MP in England stands; each but READY has its own page and words."""

    READY = "ready"
    SCOTLAND = "scotland"
    WALES = "wales"
    NORTHERN_IRELAND = "northern_ireland"
    CROWN_DEPENDENCY = "crown_dependency"
    BFPO = "bfpo"
    OVERSEAS = "overseas"
    TERMINATED = "terminated"
    UNKNOWN = "unknown"
    ALLIANCE_UNKNOWN = "alliance_unknown"
    NOT_GEOGRAPHIC = "not_geographic"


_BY_KIND = {
    SpecialKind.BFPO: Situation.BFPO,
    SpecialKind.OVERSEAS: Situation.OVERSEAS,
    SpecialKind.CROWN: Situation.CROWN_DEPENDENCY,
    SpecialKind.RETIRED: Situation.TERMINATED,
    SpecialKind.MADE_UP: Situation.UNKNOWN,
    SpecialKind.NOT_GEOGRAPHIC: Situation.NOT_GEOGRAPHIC,
}

_BY_STATUS = {
    Status.TERMINATED: Situation.TERMINATED,
    Status.UNKNOWN: Situation.UNKNOWN,
    Status.NOT_GEOGRAPHIC: Situation.NOT_GEOGRAPHIC,
}

_BY_NATION = {
    Nation.SCOTLAND: Situation.SCOTLAND,
    Nation.WALES: Situation.WALES,
    Nation.NORTHERN_IRELAND: Situation.NORTHERN_IRELAND,
    Nation.CHANNEL_ISLANDS: Situation.CROWN_DEPENDENCY,
    Nation.ISLE_OF_MAN: Situation.CROWN_DEPENDENCY,
}


def situation(found: Answer | Special | UnknownPostcode) -> Situation:
    """Return the situation of a place that was found, is special, or is not known.

    An unavailable look-up is no situation: it is an error that passes. A place in England
    without a constituency counts as NOT_GEOGRAPHIC, because nobody can be written to for it.
    """
    if isinstance(found, Special):
        return _BY_KIND[found.kind]
    if isinstance(found, UnknownPostcode):
        return Situation.UNKNOWN
    return _BY_STATUS.get(found.status) or _of_live(found)


def _of_live(answer: Answer) -> Situation:
    if answer.nation in _BY_NATION:
        return _BY_NATION[answer.nation]
    if answer.nation is None or answer.pcon is None:
        return Situation.NOT_GEOGRAPHIC
    return Situation.READY if answer.alliance else Situation.ALLIANCE_UNKNOWN
