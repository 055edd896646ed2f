"""The 16 Senedd seats, each of two Westminster seats."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.actions.load_senedd import load_senedd, senedd_seat_of
from campaign_app.errors import WrongState
from campaign_app.places.areas import areas_of, load_areas
from campaign_app.places.models import AreaKind, AreaWithin, DataSource
from campaign_app.targets.senedd import senedd_table


def test_the_table_pairs_every_seat_in_wales() -> None:
    pairs = senedd_table().pairs

    assert len({pair.pcon for pair in pairs}) == 32
    assert set(Counter(pair.senedd for pair in pairs).values()) == {2}
    assert len({pair.name for pair in pairs}) == 16


def test_the_seats_are_loaded_once(session: Session, now: datetime) -> None:
    load_areas(session, now)

    assert load_senedd(session, senedd_table(), now) == 16
    assert load_senedd(session, senedd_table(), now) == 16

    seats = areas_of(session, AreaKind.SENEDD)
    assert len(seats) == 16
    assert {seat.nation for seat in seats} == {"Wales"}
    assert session.scalar(select(func.count()).select_from(AreaWithin)) == 32
    source = session.get_one(DataSource, "senedd seats")
    assert (source.rows, str(source.as_of)) == (16, "2026-05-07")


def test_a_seat_in_wales_says_its_senedd_seat(session: Session, now: datetime) -> None:
    load_areas(session, now)
    load_senedd(session, senedd_table(), now)

    assert senedd_seat_of(session, "W07000112") == "W09000049"
    assert senedd_seat_of(session, "E14001085") is None
    assert all(
        senedd_seat_of(session, area.code)
        for area in areas_of(session, AreaKind.CONSTITUENCY)
        if area.nation == "Wales"
    )


def test_without_the_westminster_seats_it_is_refused(session: Session, now: datetime) -> None:
    with pytest.raises(WrongState, match="lacks 32"):
        load_senedd(session, senedd_table(), now)
