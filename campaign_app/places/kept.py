"""Answers about postcodes that we have had before, kept in our own table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from campaign_app.places.answers import Answer, Nation, Status
from campaign_app.places.models import PostcodeAnswer
from campaign_app.places.postcode import Postcode


@dataclass(frozen=True, slots=True)
class KeptAnswers:
    """The answers in our table that are not older than ``max_age``.

    Put in front of a service it saves asking; put behind it with a longer ``max_age`` it
    still answers while the service is down. Each answer keeps its first source and date.
    """

    session: Session
    max_age: timedelta
    name: str = "kept answers"

    def look_up(self, postcode: Postcode, now: datetime) -> Answer | None:
        """Return the kept answer, or None when there is none or it is too old."""
        # What another process renewed must be seen, so the session's own copy is not used.
        row = self.session.get(PostcodeAnswer, postcode.compact, populate_existing=True)
        if row is None or row.as_of < now - self.max_age:
            return None
        return _answer(postcode, row)


def keep(session: Session, answer: Answer) -> None:
    """Write an answer, or renew the kept one unless that is younger.

    Belongs to the caller's transaction and works on SQLite and PostgreSQL alike, also when
    two processes keep the same postcode at once.
    """
    values = _values(answer)
    insert = _insert(session).values(**values)
    renewal = insert.on_conflict_do_update(
        index_elements=[PostcodeAnswer.compact],
        set_={name: insert.excluded[name] for name in values if name != "compact"},
        where=PostcodeAnswer.as_of <= insert.excluded.as_of,
    )
    session.execute(renewal)


def _insert(session: Session) -> sqlite.Insert | postgresql.Insert:
    # Both databases know "on conflict do update", but SQLAlchemy has no common word for it.
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(PostcodeAnswer)
    return postgresql.insert(PostcodeAnswer)


def _values(answer: Answer) -> dict[str, Any]:
    return {
        "compact": answer.postcode.compact,
        "status": answer.status.value,
        "nation": answer.nation.value if answer.nation else None,
        "pcon": answer.pcon,
        "alliance": answer.alliance,
        "council": answer.council,
        "lat": answer.lat,
        "lon": answer.lon,
        "source": answer.source,
        "as_of": answer.as_of,
    }


def _answer(postcode: Postcode, row: PostcodeAnswer) -> Answer:
    return Answer(
        postcode=postcode,
        status=Status(row.status),
        nation=Nation(row.nation) if row.nation else None,
        pcon=row.pcon,
        alliance=row.alliance,
        council=row.council,
        lat=row.lat,
        lon=row.lon,
        source=row.source,
        as_of=row.as_of,
    )
