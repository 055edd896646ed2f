"""Time: UTC inside, London outside."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from campaign_app import clock


def test_now_is_in_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_a_summer_s_night_in_utc_is_the_next_day_in_london() -> None:
    assert clock.london_date(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)


def test_a_date_is_said_as_people_write_it() -> None:
    assert clock.in_words(date(2026, 3, 3)) == "3 March 2026"
    assert clock.in_words(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == "1 July 2026"


@pytest.mark.parametrize(
    ("hour", "words"), [(0, "12:05am"), (9, "9:05am"), (12, "12:05pm"), (23, "11:05pm")]
)
def test_a_time_of_day_is_said_by_the_clock_of_london(hour: int, words: str) -> None:
    assert clock.time_in_words(datetime(2026, 1, 5, hour, 5, tzinfo=UTC)) == words
