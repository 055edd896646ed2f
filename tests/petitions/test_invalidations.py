"""Invalidation: named, previewed, in batches, cancelable, and undone without a trace in counts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.actions.confirm_signature import confirm_by_link
from campaign_app.actions.sign_fields import postcode_key
from campaign_app.actions.signature_links import CONFIRM, link
from campaign_app.errors import InvalidInput, WrongState
from campaign_app.petitions import counts, invalidations
from campaign_app.petitions.invalidations import InvalidationState, Query
from campaign_app.petitions.models import Invalidation, Signature, SignatureState
from campaign_app.supporters.addresses import read_address
from campaign_app.vault.hashing import network_key
from tests.petitions.recounting import published, recount
from tests.petitions.signing import LONDON_SEAT, Crowd, answer, petition

ELSEWHERE = "E14001059"


@pytest.fixture
def crowd(session: Session, now: datetime) -> Crowd:
    """Six confirmed signatures, of which three are Ann's at a farm in London."""
    crowd = Crowd(session, petition(session, now), now)
    for n in range(6):
        farmed = n % 2 == 0
        signature = crowd.sign(
            first_name="Ann" if farmed else "100%",
            email=f"p{n}@{'a-farm.org' if farmed else 'gmail.com'}",
            postcode="SE1 2DL" if farmed else "M20 4BX",
            network="192.0.2.1" if farmed else f"10.0.0.{n}",
            place=answer(now, pcon=LONDON_SEAT if farmed else ELSEWHERE),
            now=now + timedelta(minutes=n),
        )
        token = link(signature, CONFIRM, crowd.now)
        session.rollback()
        confirm_by_link(token, now + timedelta(minutes=n))
    fold(session, now)
    return crowd


def fold(session: Session, now: datetime) -> None:
    session.rollback()
    counts.fold(session, now)
    session.commit()


@pytest.mark.parametrize(
    ("query", "matched"),
    [
        (Query(name="ann example"), 3),
        (Query(name="A*"), 3),
        (Query(name="100% *"), 3),
        (Query(name="1__% *"), 0),
        (Query(domain="*farm.org"), 3),
        (Query(email_key="of the address"), 1),
        (Query(network_key="of the network"), 3),
        (Query(postcode_key="of the postcode"), 3),
        (Query(outcode="m20"), 3),
        (Query(area=ELSEWHERE), 3),
        (Query(area="England"), 6),
        (Query(area="Wales"), 0),
        (Query(domain="a-farm.org", name="Bob*"), 0),
        (Query(since="2026-11-20T09:04:00+00:00"), 2),
        (Query(until="2026-11-20T09:04:00+00:00"), 4),
    ],
    ids=str,
)
def test_a_query_finds_what_it_says(
    session: Session, crowd: Crowd, query: Query, matched: int
) -> None:
    found = invalidations.preview(session, crowd.petition.id, keyed(query))

    assert (found.matched, found.counted) == (matched, matched)


def keyed(query: Query) -> Query:
    """Keys need the pepper of the app, so they are made when it is there."""
    if query.email_key is not None:
        return Query(email_key=read_address("P2+spam@a-farm.org").key.hex())
    if query.network_key is not None:
        return Query(network_key=network_key("192.0.2.1").hex())
    return Query(postcode_key=postcode_key("SE1 2DL").hex()) if query.postcode_key else query


@pytest.mark.parametrize(
    "query", [Query(), Query(network_key="zz"), Query(since="now"), Query(since="2026-11-20")]
)
def test_a_query_that_cannot_be_meant_is_refused(
    session: Session, crowd: Crowd, query: Query
) -> None:
    with pytest.raises(InvalidInput):
        invalidations.preview(session, crowd.petition.id, query)


def make(session: Session, crowd: Crowd) -> Invalidation:
    return invalidations.create(
        session,
        crowd.petition.id,
        Query(domain="*farm.org"),
        summary="A farm of addresses",
        by=None,
        now=crowd.now,
    )


def test_there_and_back_leaves_every_number_as_it_was(session: Session, crowd: Crowd) -> None:
    before = published(session, crowd.petition.id)
    made = make(session, crowd)

    while invalidations.run_batch(session, made.id, crowd.now, size=2):
        session.commit()
    session.commit()
    fold(session, crowd.now)

    assert counts.total(session, crowd.petition.id).total == 3
    assert published(session, crowd.petition.id) == recount(session, crowd.petition.id)
    assert (made.state, made.matched, made.done) == (InvalidationState.DONE, 3, 3)
    invalidations.undo(session, made.id, by=None, now=crowd.now)
    while invalidations.undo_batch(session, made.id, counts_at_once=False, size=2):
        session.commit()
    session.commit()
    fold(session, crowd.now)
    assert published(session, crowd.petition.id) == before
    assert made.state == InvalidationState.UNDONE


def test_cancelling_stops_between_batches_and_can_be_undone(session: Session, crowd: Crowd) -> None:
    made = make(session, crowd)
    invalidations.run_batch(session, made.id, crowd.now, size=1)

    invalidations.cancel(session, made.id, crowd.now)

    assert not invalidations.run_batch(session, made.id, crowd.now)
    invalidated = select(func.count()).where(Signature.state == SignatureState.INVALIDATED)
    assert session.scalar(invalidated) == 1
    with pytest.raises(WrongState):
        invalidations.cancel(session, made.id, crowd.now)
    invalidations.undo(session, made.id, by=None, now=crowd.now)
    while invalidations.undo_batch(session, made.id, counts_at_once=False):
        pass
    assert session.scalar(invalidated) == 0
    with pytest.raises(WrongState):
        invalidations.undo(session, made.id, by=None, now=crowd.now)


def test_it_stands_on_the_record_without_a_person(session: Session, crowd: Crowd) -> None:
    made = make(session, crowd)

    assert invalidations.listed(session, crowd.petition.id) == [made]
    assert made.query == {"domain": "*farm.org"}
    with pytest.raises(InvalidInput):
        invalidations.create(
            session, crowd.petition.id, Query(name="x"), summary=" ", by=None, now=crowd.now
        )
