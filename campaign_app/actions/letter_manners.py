"""When letters leave: the manners of their targets, the last arrival, and stops by staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.actions import letter_messages
from campaign_app.actions.rules import Rules
from campaign_app.campaigns.models import Campaign
from campaign_app.delivery import outbox
from campaign_app.delivery.manners import HOUR, OfficeHours, TargetManners, place_in_line
from campaign_app.delivery.models import Message, MessageState, Stream
from campaign_app.letters.models import Letter
from campaign_app.targets.models import Target

#: Where nothing else was agreed with an office (trust.md E16).
USUAL_CAP = 20
USUAL_HOURS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00")

NOT_LEFT = (MessageState.HELD, MessageState.WAITING, MessageState.DUE)


@dataclass(frozen=True, slots=True)
class Manners:
    """How offices are treated that have agreed nothing with us; a demonstration spares nobody."""

    cap: int | None = None
    hours: OfficeHours | None = None

    @classmethod
    def of(cls, rules: Rules) -> Manners:
        """Return the usual manners in production, and none where nothing is real."""
        if not rules.spares_offices:
            return cls()
        return cls(USUAL_CAP, OfficeHours.read(USUAL_HOURS))

    def of_target(self, session: Session, target_id: int) -> TargetManners:
        """Return the manners of a target, and keep others from deciding about it meanwhile."""
        target = session.get_one(Target, target_id, with_for_update={"key_share": True})
        hours = OfficeHours.read(target.office_hours) if target.office_hours else self.hours
        return TargetManners(target.hourly_cap or self.cap, hours, target.paused_at is not None)


def leaves_at(session: Session, letter: Letter, manners: Manners, wanted: datetime) -> datetime:
    """Return when a letter that is released now leaves; the supporter is shown this moment."""
    of_target = manners.of_target(session, letter.target_id)
    return place_in_line(session, letter.target_id, of_target, wanted)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is still to come for one target, and when the last of it arrives at today's pace."""

    target_id: int
    target: str
    waiting: int
    last_at: datetime
    in_time: bool | None  #: None when the campaign has no such day
    cap_needed: int | None  #: letters an hour that would be enough, when today's are not


def forecast(
    session: Session, campaign: Campaign, manners: Manners, now: datetime
) -> list[Forecast]:
    """Return for each target of a campaign when its last letter arrives, the latest first."""
    rows = session.execute(
        select(Message.target_id, func.count(), func.max(Message.due_at))
        .where(
            Message.campaign_id == campaign.id,
            Message.stream == Stream.LETTERS,
            Message.state.in_((MessageState.WAITING, MessageState.DUE)),
            Message.target_id.is_not(None),
        )
        .group_by(Message.target_id)
    ).all()
    found = [
        _forecast(
            session,
            campaign,
            manners.of_target(session, target_id),
            _Line(target_id, *row[1:]),
            now,
        )
        for row in rows
        if (target_id := row[0]) is not None
    ]
    return sorted(found, key=lambda one: one.last_at, reverse=True)


class _Line(NamedTuple):
    target_id: int
    waiting: int
    last_due: datetime


def _forecast(
    session: Session, campaign: Campaign, target: TargetManners, line: _Line, now: datetime
) -> Forecast:
    last_at = max(line.last_due, _paced(target, line.waiting, now))
    by = campaign.must_arrive_by
    late = by is not None and last_at > by
    return Forecast(
        target_id=line.target_id,
        target=session.get_one(Target, line.target_id).name,
        waiting=line.waiting,
        last_at=last_at,
        in_time=None if by is None else not late,
        cap_needed=_cap_needed(target, line.waiting, now, by) if by and late else None,
    )


def _paced(target: TargetManners, waiting: int, now: datetime) -> datetime:
    """Return when so many letters have left, one behind the other, in office hours."""
    at = target.next_open(now)
    for _ in range(waiting - 1):
        at = target.next_open(at + target.spacing)
    return at


def _cap_needed(target: TargetManners, waiting: int, now: datetime, by: datetime) -> int | None:
    """Return how many letters an hour would be enough; None when no number is."""
    if by <= now:
        return None
    hours = (by - now) / HOUR
    if target.hours is not None:
        hours *= target.hours.a_week / (7 * 24 * HOUR)
    return max(1, -int(-waiting // hours)) if hours else None


def cancel_letters(session: Session, target: Target, rules: Rules, now: datetime) -> int:
    """Stop every letter to a target that has not left, and tell its writer; return how many.

    Writers get their words back with the office's postal address, as for any letter that
    could not be delivered. Letters that nobody confirmed are stopped without a word: their
    address is not proven. Never commits.
    """
    waiting = session.scalars(
        select(Message)
        .where(
            Message.target_id == target.id,
            Message.kind == letter_messages.LETTER,
            Message.state.in_(NOT_LEFT),
        )
        .with_for_update()
    ).all()
    for message in waiting:
        released = message.state is not MessageState.HELD
        outbox.cancel(session, message, reason="cancelled by staff", now=now)
        if released and message.letter_id is not None:
            letter = session.get_one(Letter, message.letter_id)
            letter_messages.tell_of_failure(session, letter, rules, now)
    return len(waiting)


def pause_target(session: Session, target: Target, now: datetime) -> None:
    """Let nothing leave for a target; never commits."""
    target.paused_at = now
    session.flush()


def resume_target(session: Session, target: Target) -> None:
    """Let letters leave for a target again, within minutes; never commits."""
    target.paused_at = None
    session.flush()
