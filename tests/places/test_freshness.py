"""Sources grow old, each at its own pace."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from campaign_app.places.areas import load_areas
from campaign_app.places.freshness import LIMITS, OTHERS, Verdict, aged, freshness
from campaign_app.places.imported.source import ImportedDirectory
from tests.places.imported.editions import csv_file, put, small

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("name", "days", "verdict"),
    [
        ("imported directory", 0, Verdict.FRESH),
        ("imported directory", 150, Verdict.FRESH),
        ("imported directory", 151, Verdict.WARNING),
        ("imported directory", 400, Verdict.WARNING),
        ("imported directory", 401, Verdict.ERROR),
        ("members of parliament", 4, Verdict.WARNING),
        ("a list of ministers", 181, Verdict.WARNING),
        ("demo directory", 10_000, Verdict.FRESH),
        ("constituencies", 869, Verdict.FRESH),
    ],
)
def test_a_source_is_judged_by_its_own_limit(name: str, days: int, verdict: Verdict) -> None:
    source = aged(name, TODAY - timedelta(days=days), TODAY)

    assert (source.verdict, source.age) == (verdict, timedelta(days=days))


def test_a_date_to_come_is_no_age_below_nothing() -> None:
    assert aged("x", TODAY + timedelta(days=3), TODAY).age == timedelta()


def test_every_limit_gives_its_reason() -> None:
    assert all(limit.reason.endswith(".") for limit in (*LIMITS.values(), OTHERS))


def test_all_that_we_hold_is_listed_by_name(
    session: Session, now: datetime, tmp_path: Path
) -> None:
    load_areas(session, now)
    put(csv_file(tmp_path, small()), tmp_path / "places.bin")

    found = freshness(session, ImportedDirectory(tmp_path / "places.bin"), now)

    assert [(source.name, source.verdict) for source in found] == [
        ("cancer alliances", Verdict.FRESH),
        ("constituencies", Verdict.FRESH),
        ("demo directory", Verdict.FRESH),
        ("imported directory", Verdict.FRESH),
    ]
    assert found[-1].as_of == date(2026, 8, 31)


def test_a_directory_is_listed_when_there_is_one(
    session: Session, now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "places.bin"
    assert freshness(session, None, now) == []
    assert freshness(session, ImportedDirectory(path), now) == []

    path.write_bytes(b"damaged")
    (damaged,) = freshness(session, ImportedDirectory(path), now)
    assert (damaged.verdict, damaged.as_of, damaged.age) == (Verdict.ERROR, None, None)
