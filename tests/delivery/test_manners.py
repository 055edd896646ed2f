"""How many letters an office gets, and when; what is paused does not leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from campaign_app.database import transaction
from campaign_app.delivery import pauses
from campaign_app.delivery.claiming import claim
from campaign_app.delivery.dispatch import Line, drain
from campaign_app.delivery.manners import HoursRefused, OfficeHours, TargetManners, place_in_line
from campaign_app.delivery.models import Message, Stream
from campaign_app.targets.models import Target, TargetKind, TargetState
from tests.delivery.lines import FakeMailer, Watch, fresh, queued

HOUR = timedelta(hours=1)
WEEKDAYS = OfficeHours.read(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00"))


@pytest.fixture
def target(session: Session) -> int:
    office = Target(
        kind=TargetKind.LISTED,
        state=TargetState.SITTING,
        name="An Office",
        salutation="Office",
        email="office@mp.example",
        source="test",
        checked_on=date(2026, 11, 1),
        valid_from=date(2026, 1, 1),
    )
    session.add(office)
    session.commit()
    return office.id


def with_manners(line: Line, manners: TargetManners) -> Line:
    return replace(line, manners_of=lambda _session, _target_id: manners)


def letters(session: Session, target: int, now: datetime, number: int) -> list[Message]:
    return [queued(session, now, stream=Stream.LETTERS, target_id=target) for _ in range(number)]


def drained(line: Line) -> int:
    sent = 0
    while drain(line):
        sent += 1
    return sent


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-20T12:00", "2026-11-20T12:00"),  # a Friday noon in winter
        ("2026-11-20T07:00", "2026-11-20T09:00"),
        ("2026-11-20T17:00", "2026-11-23T09:00"),
        ("2026-11-21T12:00", "2026-11-23T09:00"),
        ("2026-06-19T08:30", "2026-06-19T08:30"),  # half past nine in summer
        ("2026-06-19T16:30", "2026-06-22T08:00"),
        ("2026-03-28T12:00", "2026-03-30T08:00"),  # the clocks went forward in between
        ("2026-10-24T12:00", "2026-10-26T09:00"),  # and back
    ],
)
def test_an_office_opens_by_london_time(moment: str, opens: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    assert WEEKDAYS.next_open(at) == datetime.fromisoformat(opens).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "hours",
    [
        {},
        {"monday": "09:00-17:00"},
        {"mon": "9-17"},
        {"mon": "17:00-09:00"},
        {"mon": "25:00-26:00"},
    ],
)
def test_hours_that_cannot_be_are_refused(hours: dict[str, str]) -> None:
    with pytest.raises(HoursRefused):
        OfficeHours.read(hours)


def test_no_more_than_the_share_of_an_hour_leaves_and_the_rest_is_spread(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, now: datetime, target: int
) -> None:
    waiting = letters(session, target, now, 10)
    mine = with_manners(line, TargetManners(hourly_cap=4))

    assert drained(mine) == 4
    due = sorted(fresh(session, one).due_at for one in waiting)[4:]
    assert due == [now + timedelta(minutes=15 * n) for n in range(1, 7)]

    times = []
    for _ in range(4 * 12):
        watch.forward(timedelta(minutes=15))
        times += [watch()] * drained(mine)
    assert len(mailer.taken) == 10
    assert max(sum(at < other <= at + HOUR for other in times) for at in times) <= 4


def test_two_workers_share_one_limit(
    session: Session, line: Line, mailer: FakeMailer, now: datetime, target: int
) -> None:
    letters(session, target, now, 6)
    for owner in ("worker-1", "worker-2"):
        drained(replace(with_manners(line, TargetManners(hourly_cap=3)), owner=owner))

    assert len(mailer.taken) == 3


def test_nothing_arrives_outside_office_hours(
    session: Session, line: Line, watch: Watch, mailer: FakeMailer, now: datetime, target: int
) -> None:
    [letter] = letters(session, target, now, 1)
    watch.forward(timedelta(hours=12))
    mine = with_manners(line, TargetManners(hours=WEEKDAYS))

    assert drained(mine) == 0
    opens = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert fresh(session, letter).due_at == opens
    watch.moment = opens
    assert drained(mine) == 1


def test_a_blocked_target_holds_up_nobody_else(
    session: Session, line: Line, mailer: FakeMailer, now: datetime, target: int
) -> None:
    letters(session, target, now - HOUR, 30)
    other = queued(session, now, stream=Stream.LETTERS)
    service = queued(session, now)
    closed = OfficeHours.read({"sun": "09:00-10:00"})

    drained(with_manners(line, TargetManners(hours=closed)))

    assert sorted(mailer.subjects) == sorted([other.public_id, service.public_id])


def test_the_next_in_line_is_shown_the_time_at_which_it_leaves(
    session: Session, line: Line, watch: Watch, now: datetime, target: int
) -> None:
    manners = TargetManners(hourly_cap=6, hours=WEEKDAYS)
    shown = []
    for _ in range(4):
        at = place_in_line(session, target, manners, now)
        queued(session, now, stream=Stream.LETTERS, target_id=target, due_at=at)
        shown.append(at)

    left = []
    for _ in range(60):
        left += [watch()] * drained(with_manners(line, manners))
        watch.forward(timedelta(minutes=1))
    assert left == shown == [now + timedelta(minutes=10 * n) for n in range(4)]


def test_without_manners_nothing_waits(session: Session, now: datetime, target: int) -> None:
    letters(session, target, now, 3)

    assert place_in_line(session, target, TargetManners(), now) == now


def test_a_paused_target_is_left_alone_until_it_is_resumed(
    session: Session, line: Line, watch: Watch, mailer: FakeMailer, now: datetime, target: int
) -> None:
    letters(session, target, now, 3)

    assert drained(with_manners(line, TargetManners(paused=True))) == 0
    watch.forward(pauses.LOOK_AGAIN)
    assert drained(line) == 3


Pausing = Callable[[Session, datetime], None]


@pytest.mark.parametrize(
    ("what", "letters_left", "service_left"),
    [("all", 0, 0), ("letters", 0, 1), ("service", 1, 0), (pauses.of_campaign(7), 0, 1)],
)
def test_what_is_paused_stays_and_leaves_when_it_is_resumed(  # noqa: PLR0917 - a table of cases.
    session: Session,
    line: Line,
    watch: Watch,
    mailer: FakeMailer,
    now: datetime,
    what: str,
    letters_left: int,
    service_left: int,
) -> None:
    letter = queued(session, now, stream=Stream.LETTERS, campaign_id=7)
    service = queued(session, now, campaign_id=7)
    with transaction() as writing:
        pauses.pause(writing, what, reason="test", now=now)
        pauses.pause(writing, what, reason="test again", now=now)

    drained(line)

    assert mailer.subjects.count(letter.public_id) == letters_left
    assert mailer.subjects.count(service.public_id) == service_left
    with transaction() as writing:
        assert pauses.resume(writing, what)
        assert not pauses.resume(writing, what)
    watch.forward(pauses.LOOK_AGAIN)
    drained(line)
    assert len(mailer.taken) == 2


def test_what_is_paused_in_one_campaign_leaves_in_another(
    session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    queued(session, now, stream=Stream.LETTERS, campaign_id=7)
    other = queued(session, now, stream=Stream.LETTERS, campaign_id=8)
    with transaction() as writing:
        pauses.pause(writing, pauses.of_campaign(7), reason="test", now=now)

    drained(line)

    assert mailer.subjects == [other.public_id]


def test_a_retry_does_not_push_the_line_back(session: Session, now: datetime, target: int) -> None:
    retried = queued(session, now, stream=Stream.LETTERS, target_id=target)
    retried.attempts, retried.due_at = 3, now + timedelta(hours=36)
    session.commit()

    assert place_in_line(session, target, TargetManners(hourly_cap=20), now) == now


def test_a_claim_reads_a_letter_s_target_only_for_letters(session: Session, now: datetime) -> None:
    queued(session, now)

    def unasked(_session: Session, _target_id: int) -> TargetManners:
        raise AssertionError

    with transaction() as writing:
        assert len(claim(writing, owner="one", now=now, manners_of=unasked)) == 1
