"""Answers and sources for tests of places."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from campaign_app.errors import CampaignError
from campaign_app.places.answers import Answer, Nation, Status
from campaign_app.places.postcode import Postcode

SE1 = Postcode("SE1", "2DL")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def southwark(source: str = "test", as_of: datetime = NOW) -> Answer:
    """An answer with everything in it."""
    return Answer(
        postcode=SE1,
        status=Status.LIVE,
        source=source,
        as_of=as_of,
        nation=Nation.ENGLAND,
        pcon="E14001085",
        alliance="E56000010",
        council="E09000028",
        lat=51.498972,
        lon=-0.071609,
    )


def bare(status: Status, nation: Nation | None = None) -> Answer:
    """An answer without codes."""
    return Answer(postcode=SE1, status=status, source="test", as_of=NOW, nation=nation)


@dataclass
class FakeSource:
    """A source that says one thing, and remembers how often it was asked."""

    says: Answer | CampaignError | None
    name: str = "fake"
    asked: list[Postcode] = field(default_factory=list)

    def look_up(self, postcode: Postcode, now: datetime) -> Answer | None:
        """Say it."""
        self.asked.append(postcode)
        if isinstance(self.says, CampaignError):
            raise self.says
        return self.says
