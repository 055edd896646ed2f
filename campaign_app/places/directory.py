"""A small directory of real postcodes, so that the demonstration needs no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache

from campaign_app.places.answers import Answer, Nation, Status
from campaign_app.places.facts import facts
from campaign_app.places.postcode import Postcode, parse


@dataclass(frozen=True, slots=True)
class DemoDirectory:
    """The 254 postcodes that come with the platform, in all nations and all 20 alliances."""

    name: str = "demo directory"

    def look_up(self, postcode: Postcode, now: datetime) -> Answer | None:  # noqa: ARG002
        """Return the answer, or None: the directory is far from complete.

        ``now`` is there because other sources grow old; this one says how old it is.
        """
        return _answers().get(postcode)

    def postcodes(self) -> tuple[Postcode, ...]:
        """Return every postcode that it knows, in the order of the table."""
        return tuple(_answers())


@cache
def _answers() -> Mapping[Postcode, Answer]:
    table = facts("demo_postcodes")
    as_of = datetime.combine(table.as_of, time(), UTC)
    answers = (_answer(row, as_of) for row in table.rows)
    return {answer.postcode: answer for answer in answers}


def _answer(row: Mapping[str, str], as_of: datetime) -> Answer:
    return Answer(
        postcode=parse(row["postcode"]),
        status=Status.LIVE,
        nation=Nation(row["country"]),
        pcon=row["pcon24_code"] or None,
        alliance=row["cal_code"] or None,
        lat=float(row["lat"]) if row["lat"] else None,
        lon=float(row["lon"]) if row["lon"] else None,
        source=DemoDirectory().name,
        as_of=as_of,
    )
