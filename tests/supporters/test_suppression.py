"""Do not contact: it outlives everything, but for one's own later yes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.supporters import consents
from campaign_app.supporters.lifting import lift_unsubscribed
from campaign_app.supporters.models import (
    Channel,
    ConsentEvent,
    ConsentKind,
    Purpose,
    Supporter,
    Suppression,
)
from campaign_app.supporters.suppression import UNSUBSCRIBED, suppress, suppressed
from tests.factories import news, shown, supporter
from tests.together import two_at_once

ANN = "ann@gmail.com"
HOUR = timedelta(hours=1)


def stop(session: Session, now: datetime, reason: str = UNSUBSCRIBED) -> None:
    suppress(session, ANN, Channel.EMAIL, reason=reason, now=now)


def stopped(session: Session) -> bool:
    return suppressed(session, ANN, Channel.EMAIL)


def said(session: Session, now: datetime, *, granted: bool = True) -> Supporter:
    ann = supporter(session, now)
    choice = news(session, now, granted=granted)
    consents.record(session, ann.subject_id, [choice], shown(now), proven=True)
    consents.rebuild(session, ann)
    return ann


def allowed(session: Session, ann: Supporter) -> bool:
    return consents.may_contact(session, ann.id, Channel.EMAIL, Purpose.UPDATES)


def test_an_address_is_remembered_by_its_keyed_hash_only(session: Session, now: datetime) -> None:
    stop(session, now)

    row = session.scalars(select(Suppression)).one()
    assert stopped(session)
    assert b"ann" not in row.key


def test_stopping_one_channel_stops_no_other(session: Session, now: datetime) -> None:
    stop(session, now)

    assert not suppressed(session, ANN, Channel.PHONE)


def test_saying_it_twice_is_fine_and_the_later_time_counts(session: Session, now: datetime) -> None:
    stop(session, now)
    stop(session, now + HOUR)
    stop(session, now)

    assert session.scalars(select(Suppression.since)).one() == now + HOUR


def test_unsubscribing_does_not_weaken_another_reason(session: Session, now: datetime) -> None:
    stop(session, now, "preference service")
    stop(session, now + HOUR)

    row = session.scalars(select(Suppression)).one()
    assert (row.reason, row.since) == ("preference service", now)


def test_two_clicks_at_once_are_one_record(app: Flask, session: Session, now: datetime) -> None:
    with two_at_once(app, lambda other: stop(other, now)) as (first, _):
        stop(first, now)

    assert len(session.scalars(select(Suppression)).all()) == 1


def test_a_younger_proven_yes_lifts_an_unsubscribing(session: Session, now: datetime) -> None:
    stop(session, now)
    ann = said(session, now + HOUR)

    lifted = lift_unsubscribed(session, ann, ANN, "en", now + 2 * HOUR)

    assert lifted
    assert not stopped(session)
    assert allowed(session, ann)


def test_the_ledger_tells_the_story_of_a_lifting(session: Session, now: datetime) -> None:
    stop(session, now)
    ann = said(session, now + HOUR)

    lift_unsubscribed(session, ann, ANN, "en", now + 2 * HOUR)

    events = session.scalars(
        select(ConsentEvent)
        .where(ConsentEvent.subject_id == ann.subject_id)
        .order_by(ConsentEvent.happened_at)
    )
    assert [(event.kind, event.happened_at, event.page) for event in events] == [
        (ConsentKind.SUPPRESSED, now, "do-not-contact list"),
        (ConsentKind.GIVEN, now + HOUR, "a page"),
    ]


def test_an_older_yes_lifts_nothing_and_grants_nothing(session: Session, now: datetime) -> None:
    ann = said(session, now)
    stop(session, now + HOUR)

    lifted = lift_unsubscribed(session, ann, ANN, "en", now + 2 * HOUR)

    assert not lifted
    assert stopped(session)
    assert not allowed(session, ann)


def test_a_yes_at_the_same_moment_lifts_nothing(session: Session, now: datetime) -> None:
    ann = said(session, now)
    stop(session, now)

    assert not lift_unsubscribed(session, ann, ANN, "en", now)


def test_a_no_lifts_nothing(session: Session, now: datetime) -> None:
    stop(session, now)
    ann = said(session, now + HOUR, granted=False)

    assert not lift_unsubscribed(session, ann, ANN, "en", now + HOUR)
    assert stopped(session)


@pytest.mark.parametrize("reason", ["preference service", "erased", "staff"])
def test_no_box_on_a_form_lifts_another_reason(
    session: Session, now: datetime, reason: str
) -> None:
    stop(session, now, reason)
    ann = said(session, now + HOUR)

    assert not lift_unsubscribed(session, ann, ANN, "en", now + HOUR)
    assert stopped(session)


def test_where_nothing_was_stopped_nothing_is_told(session: Session, now: datetime) -> None:
    ann = said(session, now)

    assert not lift_unsubscribed(session, ann, ANN, "en", now)
    assert len(session.scalars(select(ConsentEvent)).all()) == 1


def test_the_story_is_told_once(session: Session, now: datetime) -> None:
    stop(session, now, "preference service")
    ann = said(session, now + HOUR)

    for _ in range(3):
        lift_unsubscribed(session, ann, ANN, "en", now + HOUR)

    assert len(session.scalars(select(ConsentEvent)).all()) == 2
