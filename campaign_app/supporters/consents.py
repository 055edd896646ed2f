"""The ledger of consent: events are only added, and standing is what they come to.

Unproven is nothing (decision 0002): the consents of an act stand under the act's own
random subject until its address is proven, and only then count for a supporter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaign_app.supporters.models import (
    Basis,
    Channel,
    ConsentEvent,
    ConsentKind,
    Permission,
    Purpose,
    Supporter,
)

GRANTS = frozenset({ConsentKind.GIVEN, ConsentKind.IMPORTED})


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to one question, with the words that were shown.

    ``granted`` is None when nothing was chosen, which means no and is no error.
    """

    channel: Channel
    purpose: Purpose
    granted: bool | None
    wording_id: int
    basis: Basis = Basis.CONSENT


@dataclass(frozen=True, slots=True)
class Shown:
    """Where and when a choice was made."""

    page: str
    lang: str
    campaign_id: int | None
    at: datetime


def record(
    session: Session, subject_id: str, choices: Iterable[Choice], shown: Shown, *, proven: bool
) -> list[ConsentEvent]:
    """Add one event for each answer that was given; no answer leaves no event."""
    events = [
        ConsentEvent(
            subject_id=subject_id,
            kind=ConsentKind.GIVEN if choice.granted else ConsentKind.REFUSED,
            channel=choice.channel,
            purpose=choice.purpose,
            basis=choice.basis,
            proven=proven,
            happened_at=shown.at,
            recorded_at=shown.at,
            wording_id=choice.wording_id,
            lang=shown.lang,
            page=shown.page,
            campaign_id=shown.campaign_id,
        )
        for choice in choices
        if choice.granted is not None
    ]
    session.add_all(events)
    session.flush()
    return events


def prove(session: Session, act_subject: str, supporter: Supporter, now: datetime) -> None:
    """Let the consents of an act count for the supporter whose address it proved.

    The first events stay as they are; proven ones that point back to them are added, with
    the time at which the person chose, so that a later withdrawal still wins.
    """
    unproven = session.scalars(
        select(ConsentEvent).where(
            ConsentEvent.subject_id == act_subject, ConsentEvent.proven.is_(False)
        )
    )
    session.add_all([_proven(event, supporter.subject_id, now) for event in unproven])
    rebuild(session, supporter)


def _proven(event: ConsentEvent, subject_id: str, now: datetime) -> ConsentEvent:
    proven = _following(event, subject_id, now)
    proven.kind, proven.happened_at, proven.page = event.kind, event.happened_at, event.page
    return proven


def _following(event: ConsentEvent, subject_id: str, now: datetime) -> ConsentEvent:
    """Return a proven event of now that points back to another, about the same thing."""
    return ConsentEvent(
        subject_id=subject_id,
        channel=event.channel,
        purpose=event.purpose,
        basis=event.basis,
        proven=True,
        happened_at=now,
        recorded_at=now,
        wording_id=event.wording_id,
        lang=event.lang,
        campaign_id=event.campaign_id,
        origin_id=event.id,
    )


def withdraw(session: Session, supporter: Supporter, channel: Channel, shown: Shown) -> None:
    """Add a withdrawal of news by one channel, or by ANY; it holds whatever stood before."""
    session.add(_stop(supporter.subject_id, channel, Purpose.UPDATES, shown, proven=True))
    rebuild(session, supporter)


def withdraw_unproven(session: Session, act_subject: str, channel: Channel, shown: Shown) -> None:
    """Add a withdrawal to an act's own consents, so that proving it later grants nothing."""
    session.add(_stop(act_subject, channel, Purpose.UPDATES, shown, proven=False))
    session.flush()


def take_out_story(session: Session, act_subject: str, shown: Shown, *, proven: bool) -> None:
    """Add that own words are not to be sent to the target after all."""
    session.add(_stop(act_subject, Channel.STORY, Purpose.STORY_TO_TARGET, shown, proven=proven))
    session.flush()


def _stop(
    subject_id: str, channel: Channel, purpose: Purpose, shown: Shown, *, proven: bool
) -> ConsentEvent:
    story = channel is Channel.STORY
    return ConsentEvent(
        subject_id=subject_id,
        kind=ConsentKind.WITHDRAWN,
        channel=channel,
        purpose=purpose,
        basis=Basis.EXPLICIT_CONSENT if story else Basis.CONSENT,
        proven=proven,
        happened_at=shown.at,
        recorded_at=shown.at,
        lang=shown.lang,
        page=shown.page,
        campaign_id=shown.campaign_id,
    )


def disown(session: Session, act_subject: str, supporter: Supporter | None, now: datetime) -> None:
    """Withdraw whatever a stranger chose in someone's name, for the act and for the person."""
    events = session.scalars(
        select(ConsentEvent).where(
            ConsentEvent.subject_id == act_subject, ConsentEvent.kind == ConsentKind.GIVEN
        )
    ).all()
    session.add_all([_withdrawal(event, act_subject, now) for event in events])
    if supporter is not None:
        session.add_all([_withdrawal(event, supporter.subject_id, now) for event in events])
        rebuild(session, supporter)
    session.flush()


def _withdrawal(event: ConsentEvent, subject_id: str, now: datetime) -> ConsentEvent:
    withdrawal = _following(event, subject_id, now)
    withdrawal.kind, withdrawal.page = ConsentKind.WITHDRAWN, "not me"
    return withdrawal


def standing(events: Iterable[ConsentEvent]) -> dict[tuple[Channel, Purpose], ConsentEvent]:
    """Return the event that stands for each channel and purpose.

    The latest by the time of choosing stands; at the same moment a no beats a yes. A no for
    ANY channel is a no for each. Unproven events count for nothing, and one's words to one
    target are not a standing permission.
    """
    counted = [event for event in events if event.proven and event.channel is not Channel.STORY]
    channels = {(event.channel, event.purpose) for event in counted}
    ordered = sorted(
        counted, key=lambda event: (event.happened_at, event.kind not in GRANTS, event.id)
    )
    return {
        key: event
        for event in ordered
        for key in channels & {(channel, event.purpose) for channel in _reach(event)}
    }


def _reach(event: ConsentEvent) -> Iterable[Channel]:
    """Return the channels that an event speaks of."""
    whatever = event.channel is Channel.ANY and event.kind not in GRANTS
    return Channel if whatever else (event.channel,)


def rebuild(session: Session, supporter: Supporter) -> None:
    """Make the supporter's permissions and objection equal to what the ledger comes to."""
    session.flush()
    # Two who change one person's permissions at once take turns; rows that point to the
    # supporter need not wait (FOR NO KEY UPDATE).
    session.refresh(supporter, with_for_update={"key_share": True})
    events = session.scalars(
        select(ConsentEvent).where(ConsentEvent.subject_id == supporter.subject_id)
    )
    found = standing(events)
    _project(session, supporter, found)
    objection = found.get((Channel.ANY, Purpose.PROFILING))
    against = objection is not None and objection.kind not in GRANTS
    supporter.profiling_objected_at = objection.happened_at if objection and against else None
    session.flush()


def _project(
    session: Session, supporter: Supporter, found: dict[tuple[Channel, Purpose], ConsentEvent]
) -> None:
    session.execute(delete(Permission).where(Permission.supporter_id == supporter.id))
    session.add_all(
        Permission(
            supporter_id=supporter.id,
            channel=channel,
            purpose=purpose,
            granted=event.kind in GRANTS,
            basis=event.basis,
            event_id=event.id,
            since=event.happened_at,
        )
        for (channel, purpose), event in found.items()
    )


def may_contact(session: Session, supporter_id: int, channel: Channel, purpose: Purpose) -> bool:
    """Return whether there is a live permission; no row means no."""
    granted = session.scalar(
        select(Permission.granted).where(
            Permission.supporter_id == supporter_id,
            Permission.channel == channel,
            Permission.purpose == purpose,
        )
    )
    return bool(granted)
