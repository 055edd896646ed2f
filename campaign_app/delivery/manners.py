"""How many letters an office gets, and when: in its hours, spread, and never too many.

Times of offices are London times. Each letter gets its place in line when it is released, so
that the supporter sees when it leaves; the claim holds the same rules against a backlog.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.delivery.leaving import is_waiting
from campaign_app.delivery.models import Message, Stream
from campaign_app.errors import InvalidInput

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR: Final = timedelta(hours=1)
#: Letters of one target that are put in line at once; the next claim goes on.
_PUT_IN_LINE: Final = 500
_SPAN: Final = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


class HoursRefused(InvalidInput):
    """Office hours that cannot be read, or never open."""

    message = "Office hours are days and times, like mon 09:00-17:00."


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When an office is open: for each day, Monday first, from and until, or None."""

    days: tuple[tuple[time, time] | None, ...]

    @classmethod
    def read(cls, hours: Mapping[str, str]) -> OfficeHours:
        """Return the hours of ``{"mon": "09:00-17:00", …}``; a day not named is closed."""
        if not hours or not set(hours) <= set(DAYS):
            raise HoursRefused
        return cls(tuple(_span(hours[day]) if day in hours else None for day in DAYS))

    def next_open(self, moment: datetime) -> datetime:
        """Return this moment when the office is open, else the one at which it opens."""
        local = clock.london(moment)
        for ahead in range(len(DAYS) + 1):
            day = local.date() + timedelta(days=ahead)
            if span := self.days[day.weekday()]:
                opens = datetime.combine(day, span[0], clock.LONDON)
                closes = datetime.combine(day, span[1], clock.LONDON)
                if local < closes:
                    return max(opens, local).astimezone(moment.tzinfo)
        raise HoursRefused

    @property
    def a_week(self) -> timedelta:
        """Return how long the office is open in a week."""
        spans = (_length(span) for span in self.days if span)
        return sum(spans, timedelta())


def _span(text: str) -> tuple[time, time]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise HoursRefused
    first, second, third, fourth = map(int, found.groups())
    try:
        opens, closes = time(first, second), time(third, fourth)
    except ValueError:
        raise HoursRefused from None
    if opens >= closes:
        raise HoursRefused
    return opens, closes


def _length(span: tuple[time, time]) -> timedelta:
    opens, closes = span
    return timedelta(hours=closes.hour - opens.hour, minutes=closes.minute - opens.minute)


@dataclass(frozen=True, slots=True)
class TargetManners:
    """What one target can take: letters an hour, its hours, and whether it is paused."""

    hourly_cap: int | None = None
    hours: OfficeHours | None = None
    paused: bool = False

    @property
    def spacing(self) -> timedelta:
        """Return the time between two letters, so that an hour's share is spread over it."""
        return HOUR / self.hourly_cap if self.hourly_cap else timedelta()

    def next_open(self, moment: datetime) -> datetime:
        """Return when a letter can be received, at that moment or after it."""
        return self.hours.next_open(moment) if self.hours else moment


def place_in_line(
    session: Session, target_id: int, manners: TargetManners, wanted: datetime
) -> datetime:
    """Return when the next letter to a target can leave: as wanted, or behind the others."""
    if manners.hourly_cap is None:
        return manners.next_open(wanted)
    last = _last_in_line(session, target_id)
    return manners.next_open(max(wanted, last + manners.spacing) if last else wanted)


def open_at(session: Session, target_id: int, manners: TargetManners, now: datetime) -> bool:
    """Return whether a target can take one more letter now."""
    if manners.next_open(now) > now:
        return False
    return manners.hourly_cap is None or _left_since(session, target_id, now) < manners.hourly_cap


def put_in_line(session: Session, target_id: int, manners: TargetManners, now: datetime) -> None:
    """Give each due letter of a target a later time of its own, in the order they stand in."""
    at = place_in_line(session, target_id, manners, now + manners.spacing)
    due = (
        select(Message)
        .where(is_waiting(), Message.stream == Stream.LETTERS)
        .where(Message.target_id == target_id, Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
        .limit(_PUT_IN_LINE)
        .with_for_update(skip_locked=True)
    )
    for message in session.scalars(due):
        message.due_at = at
        at = manners.next_open(at + manners.spacing)
    session.flush()


def _last_in_line(session: Session, target_id: int) -> datetime | None:
    """Return when the last letter of a target leaves or left; retries stand beside the line."""
    in_line = select(func.max(Message.due_at)).where(
        is_waiting(),
        Message.stream == Stream.LETTERS,
        Message.target_id == target_id,
        Message.attempts == 0,
    )
    left = select(func.max(Message.data_started_at)).where(Message.target_id == target_id)
    times = (session.scalar(in_line), session.scalar(left))
    return max((moment for moment in times if moment), default=None)


def _left_since(session: Session, target_id: int, now: datetime) -> int:
    left = select(func.count()).where(
        Message.target_id == target_id, Message.data_started_at > now - HOUR
    )
    return session.scalar(left) or 0
