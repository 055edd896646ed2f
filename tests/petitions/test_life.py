"""Where a petition stands, in London time to the minute; goals and milestones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from campaign_app.petitions.goals import milestones, progress
from campaign_app.petitions.life import NoSuchTime, Petition, Phase, london_minute

CLOSES = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


def petition(state: str, *, opens_at: datetime | None = None) -> Petition:
    return Petition(
        id=1,
        slug="a",
        reference="A",
        state=state,
        version_id=1,
        opens_at=opens_at,
        closes_at=CLOSES,
    )


@pytest.mark.parametrize(
    ("state", "wait", "phase", "signs", "confirms"),
    [
        ("draft", -60, Phase.DRAFT, False, False),
        ("open", -1, Phase.OPEN, True, True),
        ("open", 0, Phase.GRACE, False, True),
        ("open", 24 * 60 - 1, Phase.GRACE, False, True),
        ("open", 24 * 60, Phase.CLOSED, False, False),
        ("paused", -60, Phase.PAUSED, False, True),
        ("closed", -60, Phase.CLOSED, False, False),
        ("closed", 60, Phase.GRACE, False, True),
        ("handed_in", 99999, Phase.HANDED_IN, False, False),
        ("answered", 99999, Phase.ANSWERED, False, False),
    ],
)
def test_a_petition_s_life(
    state: str, wait: int, phase: Phase, signs: bool, confirms: bool
) -> None:
    now = CLOSES + timedelta(minutes=wait)
    found = petition(state)

    assert found.phase(now) is phase
    assert (found.takes_signatures(now), found.takes_confirmations(now)) == (signs, confirms)


def test_a_scheduled_petition_opens_by_itself() -> None:
    opens = CLOSES - timedelta(days=1)
    found = petition("scheduled", opens_at=opens)

    assert found.phase(opens - timedelta(seconds=1)) is Phase.SCHEDULED
    assert found.takes_signatures(opens)


def test_pending_signatures_are_kept_to_the_end_of_the_grace_or_ninety_days() -> None:
    found = petition("open")

    assert found.pending_until(CLOSES - timedelta(days=2)) == CLOSES + timedelta(days=1)
    long_ago = CLOSES - timedelta(days=200)
    assert found.pending_until(long_ago) == long_ago + timedelta(days=90)


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-11-20T23:59:31", datetime(2026, 11, 20, 23, 59, tzinfo=UTC)),
        ("2026-07-01T12:00", datetime(2026, 7, 1, 11, 0, tzinfo=UTC)),
        # Clocks go back on 25 October 2026: half past one comes twice, the later one is meant.
        ("2026-10-25T01:30", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_closing_time_is_london_s(typed: str, moment: datetime) -> None:
    assert london_minute(datetime.fromisoformat(typed)) == moment


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(NoSuchTime):
        london_minute(datetime.fromisoformat("2027-03-28T01:30"))


@pytest.mark.parametrize(
    ("total", "goal", "shown", "percent"),
    [
        (0, None, 100, 0),
        (99, None, 100, 99),
        (100, None, 200, 50),
        (71_000, 75_000, 75_000, 94),
        (75_000, 75_000, 100_000, 75),
        (600_000, 500, 1_000_000, 60),
    ],
)
def test_goals_step_up(total: int, goal: int | None, shown: int, percent: int) -> None:
    found = progress(total, goal)

    assert (found.goal, found.percent) == (shown, percent)


def test_milestones_that_were_passed() -> None:
    assert milestones(0, 99) == []
    assert milestones(99, 501) == [100, 200, 500]
    assert milestones(500, 999) == []
    assert milestones(999, 5_000) == [1_000, 2_000, 5_000]
