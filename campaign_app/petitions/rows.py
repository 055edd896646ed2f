"""Which row of the published tables a signature counts in.

``unknown``, ``outside`` and ``paper`` are rows like others. The rules stand here twice, as
Python for the hot path and as SQL for whole sets; a test holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, case, func, literal_column, or_

from campaign_app.petitions.models import Signature

UNKNOWN = "unknown"
OUTSIDE = "outside"
PAPER = "paper"
DIRECT = "direct"
HOME = "GB"

ONLINE = "online"
OPENING = "opening"

#: Nations of the postcode directory that lie outside the UK.
BEYOND = ("Channel Islands", "Isle of Man")
#: Nations in which there are no Cancer Alliances.
WITHOUT_ALLIANCES = (*BEYOND, "Scotland", "Wales", "Northern Ireland")

_NATION_OF_CODE = {
    "E": "England",
    "W": "Wales",
    "S": "Scotland",
    "N": "Northern Ireland",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows in which one signature counts."""

    nation: str
    pcon: str
    alliance: str


def rows_of(
    nation: str | None, pcon: str | None, alliance: str | None, country: str | None = None
) -> Rows:
    """Return the rows of a place; a country other than the UK's is outside everything."""
    if (country or HOME) != HOME or nation in BEYOND:
        return Rows(OUTSIDE, OUTSIDE, OUTSIDE)
    without = OUTSIDE if nation in WITHOUT_ALLIANCES else UNKNOWN
    return Rows(nation or UNKNOWN, pcon or UNKNOWN, alliance or without)


def paper_rows(area_code: str | None) -> Rows:
    """Return the rows of a paper batch: where its area says nothing, it counts as ``paper``."""
    if area_code is None:
        return Rows(PAPER, PAPER, PAPER)
    nation = _NATION_OF_CODE.get(area_code[0], PAPER)
    pcon = area_code if area_code[:3] in {"E14", "W07", "S14", "N05"} else PAPER
    if area_code.startswith("E56"):
        return Rows(nation, pcon, area_code)
    return Rows(nation, pcon, PAPER if nation in {"England", PAPER} else OUTSIDE)


def _word(text: str) -> ColumnElement[str]:
    # Constants of ours stand in the SQL itself: these expressions come many times in a statement.
    return literal_column(f"'{text}'", String())


def _in_one_of(nations: tuple[str, ...]) -> ColumnElement[bool]:
    return or_(*(func.coalesce(Signature.nation, _word("")) == _word(one) for one in nations))


_abroad = (func.coalesce(Signature.country, _word(HOME)) != _word(HOME)) | _in_one_of(BEYOND)

KIND: ColumnElement[str] = _word(ONLINE)
NATION_ROW: ColumnElement[str] = case(
    (_abroad, _word(OUTSIDE)), else_=func.coalesce(Signature.nation, _word(UNKNOWN))
)
PCON_ROW: ColumnElement[str] = case(
    (_abroad, _word(OUTSIDE)), else_=func.coalesce(Signature.pcon, _word(UNKNOWN))
)
ALLIANCE_ROW: ColumnElement[str] = case(
    (_abroad, _word(OUTSIDE)),
    # No IS NOT NULL here: SQLite 3.40 takes it for true in a RETURNING clause.
    else_=func.coalesce(
        Signature.alliance,
        case((_in_one_of(WITHOUT_ALLIANCES), _word(OUTSIDE)), else_=_word(UNKNOWN)),
    ),
)
SOURCE_ROW: ColumnElement[str] = func.coalesce(Signature.traffic_source, _word(DIRECT))
