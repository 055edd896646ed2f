"""The ledger of consent: only added to, and the latest word stands."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.supporters import consents, people
from campaign_app.supporters.addresses import read_address
from campaign_app.supporters.models import (
    Basis,
    Channel,
    ConsentEvent,
    ConsentKind,
    Permission,
    Purpose,
    Supporter,
)
from campaign_app.vault.tokens import random_id
from tests.factories import news, objection, shown, story, supporter
from tests.together import two_at_once

HOUR = timedelta(hours=1)
NEWS = (Channel.EMAIL, Purpose.UPDATES)


def allowed(session: Session, one: Supporter, channel: Channel = Channel.EMAIL) -> bool:
    return consents.may_contact(session, one.id, channel, Purpose.UPDATES)


def told(session: Session, one: Supporter, now: datetime, *, granted: bool) -> None:
    choice = news(session, now, granted=granted)
    consents.record(session, one.subject_id, [choice], shown(now), proven=True)
    consents.rebuild(session, one)


def test_without_a_word_nobody_may_be_written_to(session: Session, now: datetime) -> None:
    assert not allowed(session, supporter(session, now))


def test_no_answer_leaves_no_event(session: Session, now: datetime) -> None:
    answers = [consents.Choice(*NEWS, None, 1)]

    assert consents.record(session, "an-act", answers, shown(now), proven=False) == []


def test_an_event_says_what_was_shown_where_and_when(session: Session, now: datetime) -> None:
    [event] = consents.record(session, "an-act", [news(session, now)], shown(now), proven=False)

    assert (event.kind, event.channel, event.purpose) == (ConsentKind.GIVEN, *NEWS)
    assert (event.page, event.lang, event.happened_at) == ("a page", "en", now)
    assert event.wording_id == news(session, now).wording_id
    assert not event.proven


def test_unproven_words_change_nobody(session: Session, now: datetime) -> None:
    ann = supporter(session, now)
    consents.record(session, ann.subject_id, [news(session, now)], shown(now), proven=False)

    consents.rebuild(session, ann)

    assert not allowed(session, ann)


def test_proven_words_count_from_the_time_of_choosing(session: Session, now: datetime) -> None:
    ann = supporter(session, now)
    [first] = consents.record(session, "an-act", [news(session, now)], shown(now), proven=False)

    consents.prove(session, "an-act", ann, now + HOUR)

    event = session.scalars(
        select(ConsentEvent).where(ConsentEvent.subject_id == ann.subject_id)
    ).one()
    assert allowed(session, ann)
    assert (event.happened_at, event.recorded_at) == (now, now + HOUR)
    assert event.origin_id == first.id


def test_a_withdrawal_ends_what_was_given(session: Session, now: datetime) -> None:
    ann = supporter(session, now)
    told(session, ann, now, granted=True)

    consents.withdraw(session, ann, Channel.EMAIL, shown(now + HOUR))

    assert not allowed(session, ann)


def test_a_withdrawal_wins_over_an_older_yes_that_is_proven_later(
    session: Session, now: datetime
) -> None:
    ann = supporter(session, now)
    consents.record(session, "an-act", [news(session, now)], shown(now), proven=False)
    consents.withdraw(session, ann, Channel.EMAIL, shown(now + HOUR))

    consents.prove(session, "an-act", ann, now + 2 * HOUR)

    assert not allowed(session, ann)


def test_a_later_yes_counts_again(session: Session, now: datetime) -> None:
    ann = supporter(session, now)
    consents.withdraw(session, ann, Channel.EMAIL, shown(now))

    told(session, ann, now + HOUR, granted=True)

    assert allowed(session, ann)


def test_at_one_moment_a_no_beats_a_yes(session: Session, now: datetime) -> None:
    ann = supporter(session, now)

    consents.withdraw(session, ann, Channel.EMAIL, shown(now))
    told(session, ann, now, granted=True)

    assert not allowed(session, ann)


def test_stopping_any_channel_stops_each(session: Session, now: datetime) -> None:
    ann = supporter(session, now)
    choices = [news(session, now), news(session, now, channel=Channel.POST)]
    consents.record(session, ann.subject_id, choices, shown(now), proven=True)

    consents.withdraw(session, ann, Channel.ANY, shown(now + HOUR))

    assert not allowed(session, ann)
    assert not allowed(session, ann, Channel.POST)


def test_one_channel_says_nothing_about_another(session: Session, now: datetime) -> None:
    ann = supporter(session, now)
    choices = [news(session, now), news(session, now, channel=Channel.PHONE)]
    consents.record(session, ann.subject_id, choices, shown(now), proven=True)

    consents.withdraw(session, ann, Channel.PHONE, shown(now + HOUR))

    assert allowed(session, ann)
    assert not allowed(session, ann, Channel.PHONE)


def test_words_for_one_target_are_no_standing_permission(session: Session, now: datetime) -> None:
    ann = supporter(session, now)
    consents.record(session, ann.subject_id, [story(session, now)], shown(now), proven=True)

    consents.rebuild(session, ann)

    assert session.scalars(select(Permission)).all() == []


def test_an_objection_to_being_studied_is_noted_once_proven(
    session: Session, now: datetime
) -> None:
    ann = supporter(session, now)
    choices = [objection(session, now), news(session, now)]
    consents.record(session, "an-act", choices, shown(now), proven=False)
    before = ann.profiling_objected_at

    consents.prove(session, "an-act", ann, now + HOUR)

    assert before is None
    assert ann.profiling_objected_at == now
    assert allowed(session, ann)


def test_an_objection_outlives_a_rebuild_and_a_later_form_without_it(
    session: Session, now: datetime
) -> None:
    ann = supporter(session, now)
    consents.record(session, ann.subject_id, [objection(session, now)], shown(now), proven=True)

    told(session, ann, now + HOUR, granted=True)

    assert ann.profiling_objected_at == now


def test_a_stranger_s_yes_is_disowned_for_act_and_person(session: Session, now: datetime) -> None:
    ann = supporter(session, now)
    consents.record(session, "an-act", [news(session, now)], shown(now), proven=False)
    consents.prove(session, "an-act", ann, now)

    consents.disown(session, "an-act", ann, now + HOUR)

    assert not allowed(session, ann)


def test_two_changes_of_one_person_at_once_both_count(
    app: Flask, session: Session, now: datetime
) -> None:
    ann = supporter(session, now)
    told(session, ann, now, granted=True)
    session.commit()

    def stop(other: Session) -> None:
        bound = other.get_one(Supporter, ann.id)
        consents.withdraw(other, bound, Channel.EMAIL, shown(now + 2 * HOUR))

    with two_at_once(app, stop) as (first, _):
        told(first, first.get_one(Supporter, ann.id), now + HOUR, granted=True)

    assert not allowed(session, ann)


def test_one_address_proven_twice_at_once_is_one_supporter(
    app: Flask, session: Session, now: datetime
) -> None:
    def welcome(other: Session) -> int:
        return supporter(other, now).id

    with two_at_once(app, welcome) as (first, others):
        ann = supporter(first, now).id

    assert others == [ann]


def test_an_erased_supporter_is_a_stranger(session: Session, now: datetime) -> None:
    ann = supporter(session, now)
    ann.erased_at = now

    assert people.known(session, read_address("ann@gmail.com").key) is None


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(ConsentKind),
        st.sampled_from([Channel.EMAIL, Channel.POST, Channel.ANY, Channel.STORY]),
        st.sampled_from([Purpose.UPDATES, Purpose.PROFILING]),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=8,
)
Drawn = tuple[ConsentKind, Channel, Purpose, int, bool]


def expected(events: list[Drawn], channel: Channel, purpose: Purpose) -> bool:
    """The standing by its definition: some proven yes, and no proven no as late as it."""
    proven = [one for one in events if one[4] and one[2] is purpose]
    yes = [
        at
        for kind, where, _, at, _ in proven
        if where is channel and kind in {ConsentKind.GIVEN, ConsentKind.IMPORTED}
    ]
    no = [
        at
        for kind, where, _, at, _ in proven
        if where in {channel, Channel.ANY} and kind not in {ConsentKind.GIVEN, ConsentKind.IMPORTED}
    ]
    return bool(yes) and (not no or max(yes) > max(no))


# Each example has a person of its own, so the one session is no shared state.
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=EVENTS)
@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.POST])
def test_replaying_the_events_gives_the_standing(
    session: Session, channel: Channel, events: list[Drawn]
) -> None:
    start = datetime.fromisoformat("2026-11-20T09:00:00+00:00")
    one = Supporter(subject_id=random_id(), created_at=start)
    session.add(one)
    session.flush()
    for kind, where, purpose, hours, proven in events:
        event = ConsentEvent(
            subject_id=one.subject_id,
            kind=kind,
            channel=where,
            purpose=purpose,
            basis=Basis.CONSENT,
            proven=proven,
            happened_at=start + hours * HOUR,
            recorded_at=start,
            lang="en",
            page="a page",
        )
        session.add(event)

    consents.rebuild(session, one)

    for purpose in (Purpose.UPDATES, Purpose.PROFILING):
        found = consents.may_contact(session, one.id, channel, purpose)
        assert found is expected(events, channel, purpose)
