"""Stops that staff put on mail: on everything, a stream, or the letters of a campaign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from campaign_app.delivery.leaving import is_waiting
from campaign_app.delivery.manners import TargetManners
from campaign_app.delivery.models import Message, QueuePause, Stream

ALL: Final = "all"
#: How long what is paused is left alone before the next look; a resumed queue moves within it.
LOOK_AGAIN: Final = timedelta(minutes=5)

#: Asked for a target's manners, within the claim; may lock the target against other workers.
MannersOf = Callable[[Session, int], TargetManners]


@dataclass(frozen=True, slots=True)
class Paused:
    """What is stopped now."""

    streams: frozenset[str]
    campaigns: frozenset[int]

    def stops(self, stream: Stream) -> bool:
        """Return whether nothing of this stream may leave."""
        return ALL in self.streams or stream in self.streams


def of_campaign(campaign_id: int) -> str:
    """Return the name under which the letters of a campaign are paused."""
    return f"campaign:{campaign_id}"


def pause(session: Session, what: str, *, reason: str, now: datetime) -> None:
    """Stop ``all``, a stream, or ``of_campaign(id)``; saying it twice is fine; never commits."""
    session.merge(QueuePause(stream=what, since=now, reason=reason))
    session.flush()


def resume(session: Session, what: str) -> bool:
    """Let it go on; return whether it was paused; never commits."""
    found = session.get(QueuePause, what)
    if found is not None:
        session.execute(delete(QueuePause).where(QueuePause.stream == what))
    return found is not None


def paused(session: Session) -> Paused:
    """Return what is stopped now."""
    names = frozenset(session.scalars(select(QueuePause.stream)))
    prefix = of_campaign(0)[:-1]
    campaigns = frozenset(
        int(name.removeprefix(prefix)) for name in names if name.startswith(prefix)
    )
    return Paused(names, campaigns)


def put_off(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    """Move all such letters that are due out of the way of others, for a few minutes.

    Each is touched once in that time, so that a long queue behind a pause costs others nothing.
    """
    session.execute(
        update(Message)
        .where(is_waiting(), Message.stream == Stream.LETTERS, Message.due_at <= now, which)
        .values(due_at=now + LOOK_AGAIN)
        .execution_options(synchronize_session=False)
    )
