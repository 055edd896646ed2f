"""Totals: folded exactly, verified by a recount of their own, with paper beside."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from campaign_app.errors import InvalidInput, WrongState
from campaign_app.petitions import counts, paper, recount
from campaign_app.petitions.models import (
    CountDelta,
    CountRepair,
    CountTotal,
    Signature,
    SignatureState,
)
from campaign_app.petitions.paper import Batch, BatchKind
from campaign_app.petitions.rows import (
    ALLIANCE_ROW,
    NATION_ROW,
    PCON_ROW,
    Rows,
    paper_rows,
    rows_of,
)
from tests.petitions.signing import Crowd, petition

PLACES = [
    (nation, pcon, alliance, country)
    for nation in (None, "England", "Scotland", "Wales", "Northern Ireland", "Isle of Man")
    for pcon in (None, "E14001085")
    for alliance in (None, "E56000010")
    for country in (None, "GB", "FR")
]


def test_the_rows_of_a_place_are_the_same_in_python_and_in_sql(
    session: Session, now: datetime
) -> None:
    session.execute(
        insert(Signature),
        [
            {
                "public_id": f"p{n}",
                "subject_id": f"s{n}",
                "campaign_id": 1,
                "lang": "en",
                "created_at": now,
                "state": SignatureState.PENDING,
                "nation": nation,
                "pcon": pcon,
                "alliance": alliance,
                "country": country,
            }
            for n, (nation, pcon, alliance, country) in enumerate(PLACES)
        ],
    )

    rows = session.execute(select(NATION_ROW, PCON_ROW, ALLIANCE_ROW).order_by(Signature.id)).all()

    assert [Rows(*row) for row in rows] == [rows_of(*place) for place in PLACES]


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        (None, Rows("paper", "paper", "paper")),
        ("E14001085", Rows("England", "E14001085", "paper")),
        ("W07000041", Rows("Wales", "W07000041", "outside")),
        ("E56000010", Rows("England", "paper", "E56000010")),
        ("K02000001", Rows("paper", "paper", "paper")),
    ],
)
def test_where_paper_counts(code: str | None, rows: Rows) -> None:
    assert paper_rows(code) == rows


def batch(n: int = 40, **values: object) -> Batch:
    given: dict[str, object] = {
        "kind": BatchKind.PAPER,
        "signatures": n,
        "collected_by": "Leeds group",
        "collected_where": "Leeds market",
        "collected_on": date(2026, 11, 14),
    }
    return Batch(**{**given, **values})  # type: ignore[arg-type]


def fold(session: Session, now: datetime) -> None:
    while counts.waiting(session):
        counts.fold(session, now, limit=3)
    session.commit()


def test_paper_and_an_opening_total_are_shown_apart_and_in_the_total(
    session: Session, now: datetime
) -> None:
    campaign = petition(session, now).id
    entered = paper.enter(session, campaign, batch(), by=None, now=now)
    paper.enter(session, campaign, batch(1000, kind=BatchKind.OPENING), by=None, now=now)
    fold(session, now)

    total = counts.total(session, campaign)

    assert (total.total, total.on_paper, total.opening, total.paper) == (1040, 40, 1000, 1040)
    assert total.as_of == now
    assert counts.table(session, campaign, "alliance") == {"paper": 1040}
    paper.withdraw(session, entered, by=None, now=now)
    fold(session, now)
    assert counts.total(session, campaign).total == 1000
    assert recount.mismatches(session, campaign) == []
    with pytest.raises(WrongState):
        paper.withdraw(session, entered, by=None, now=now)


@pytest.mark.parametrize(
    "wrong",
    [batch(0), batch(collected_by=" "), batch(collected_on=date(2026, 11, 21))],
)
def test_a_batch_that_cannot_be_right_is_refused(
    session: Session, now: datetime, wrong: Batch
) -> None:
    with pytest.raises(InvalidInput):
        paper.enter(session, 1, wrong, by=None, now=now)


def test_a_mismatch_is_found_repaired_recorded_and_told(
    session: Session, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    crowd = Crowd(session, petition(session, now, counts_at_once=True), now)
    for n in range(5):
        crowd.press(email=f"p{n}@gmail.com")
    session.rollback()
    fold(session, now)
    session.execute(update(CountTotal).where(CountTotal.dimension == "kind").values(n=7))

    with caplog.at_level(logging.ERROR):
        found = recount.verify(session, crowd.petition.id, now)
    session.commit()

    assert [(one.dimension, one.value, one.stored, one.recounted) for one in found] == [
        ("kind", "online", 7, 5)
    ]
    assert counts.total(session, crowd.petition.id).total == 5
    assert session.scalars(select(CountRepair.recounted)).all() == [5]
    assert "stored 7, recounted 5" in caplog.text
    assert recount.verify(session, crowd.petition.id, now) == []


def test_what_is_not_folded_yet_is_no_mismatch(session: Session, now: datetime) -> None:
    crowd = Crowd(session, petition(session, now, counts_at_once=True), now)
    crowd.press()
    session.rollback()

    assert counts.waiting(session) == 1
    assert recount.mismatches(session, crowd.petition.id) == []


def test_steps_of_nothing_leave_no_rows(session: Session, now: datetime) -> None:
    crowd = Crowd(session, petition(session, now), now)
    crowd.press()
    session.rollback()

    fold(session, now + timedelta(seconds=1))

    assert session.scalars(select(CountDelta.id)).all() == []
    assert session.scalars(select(CountTotal.n)).all() == []
