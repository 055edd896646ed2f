"""Signing: who counts, who is held, who gets which mail, and nothing that tells."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions.confirm_signature import confirm_by_link
from campaign_app.actions.sign_row import ALREADY, CONFIRM
from campaign_app.actions.signature_links import CONFIRM as CONFIRM_LINK
from campaign_app.actions.signature_links import link
from campaign_app.delivery.models import Message, MessageEvent, MessageState
from campaign_app.errors import WrongState
from campaign_app.petitions import counts
from campaign_app.petitions.holds import PER_MINUTE
from campaign_app.petitions.models import CountDelta, Signature, SignatureState
from campaign_app.supporters.consents import Choice
from campaign_app.supporters.models import Channel, ConsentEvent, ConsentKind, Purpose
from tests.petitions.signing import Crowd, petition

DAY = timedelta(hours=24)
YES = Choice(Channel.EMAIL, Purpose.UPDATES, granted=True, wording_id=1)


@pytest.fixture
def crowd(session: Session, now: datetime) -> Crowd:
    return Crowd(session, petition(session, now), now)


def confirm(crowd: Crowd, signature: Signature, now: datetime | None = None) -> None:
    token = link(signature, CONFIRM_LINK, now or crowd.now)
    crowd.session.rollback()
    confirm_by_link(token, now or crowd.now)
    crowd.session.rollback()


def total(session: Session, crowd: Crowd) -> int:
    session.rollback()
    counts.fold(session, crowd.now)
    session.commit()
    return counts.total(session, crowd.petition.id).total


def mails(session: Session) -> list[tuple[str, MessageState]]:
    return [(m.kind, m.state) for m in session.scalars(select(Message).order_by(Message.id))]


def test_a_signature_waits_for_its_proof_and_then_counts(session: Session, crowd: Crowd) -> None:
    signature = crowd.sign()

    assert (signature.state, signature.counted_on) == (SignatureState.PENDING, None)
    assert (signature.email, signature.postcode) == ("ann@gmail.com", "SE1 2DL")
    assert mails(session) == [(CONFIRM, MessageState.DUE)]
    assert total(session, crowd) == 0

    confirm(crowd, signature)

    assert total(session, crowd) == 1


def test_personal_columns_are_sealed(session: Session, crowd: Crowd) -> None:
    crowd.sign()

    raw = session.connection().exec_driver_sql("SELECT email, postcode FROM signature").one()

    assert b"ann" not in bytes(raw.email)
    assert b"SE1" not in bytes(raw.postcode)


def test_consents_are_unproven_until_the_address_is(session: Session, crowd: Crowd) -> None:
    signature = crowd.sign(choices=(YES, Choice(Channel.SMS, Purpose.UPDATES, None, 1)))

    events = session.scalars(select(ConsentEvent)).all()

    assert [(e.kind, e.proven, e.subject_id) for e in events] == [
        (ConsentKind.GIVEN, False, signature.subject_id)
    ]


def test_who_signed_before_gets_another_mail_and_nothing_else_differs(
    session: Session, crowd: Crowd
) -> None:
    confirm(crowd, crowd.sign())

    again = crowd.sign(email="Ann+petition@gmail.com", last_name=" EXAMPLE ")

    assert again.state is SignatureState.DUPLICATE
    assert mails(session)[-1] == (ALREADY, MessageState.DUE)
    confirm(crowd, again)
    assert total(session, crowd) == 1


@pytest.mark.parametrize(
    ("postcode", "counted"), [("SE1 2DL", 2), ("M20 4BX", 1)], ids=["together", "apart"]
)
def test_two_people_share_an_address_when_they_live_together(
    session: Session, crowd: Crowd, postcode: str, counted: int
) -> None:
    for signature in (crowd.sign(), crowd.sign(first_name="Bob", postcode=postcode)):
        confirm(crowd, signature)

    assert total(session, crowd) == counted


def test_a_third_person_at_an_address_does_not_count(session: Session, crowd: Crowd) -> None:
    three = [crowd.sign(first_name=name) for name in ("Ann", "Bob", "Cat")]

    for signature in three:
        confirm(crowd, signature)

    assert total(session, crowd) == 2


def test_a_stranger_s_rows_and_mails_cannot_block_an_address(
    session: Session, crowd: Crowd
) -> None:
    for name in "ABCDEFGHIJKLMNOPQRST":
        crowd.sign(first_name=f"Stranger {name}")

    own = crowd.sign()

    states = [state for _kind, state in mails(session)]
    assert states[:5] == [MessageState.DUE] * 5
    assert MessageState.DUE not in states[5:]
    waiting = session.scalars(select(Message).where(Message.state == MessageState.WAITING)).all()
    assert {message.due_at for message in waiting} == {crowd.now + DAY}
    # The owner of the address has the strangers' mails, and any link proves the address.
    first = session.scalars(select(Signature).order_by(Signature.id)).first()
    assert first is not None
    token = link(first, CONFIRM_LINK, crowd.now)
    session.rollback()
    confirm_by_link(token, crowd.now, chosen=own.public_id)
    assert total(session, crowd) == 1
    assert session.get_one(Signature, own.id).state is SignatureState.CONFIRMED


def test_the_sixth_mail_waits_until_a_day_after_the_first(session: Session, crowd: Crowd) -> None:
    for minute in range(6):
        crowd.sign(first_name=f"N{minute}", now=crowd.now + timedelta(minutes=minute))

    newest = session.scalars(select(Message).order_by(Message.id.desc())).first()

    assert newest is not None
    assert newest.state is MessageState.WAITING
    assert newest.due_at == crowd.now + DAY
    assert session.scalars(select(MessageEvent.state)).all()[-1] is MessageState.WAITING


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"email": "ann@mailinator.com"}, "throwaway_domain"),
        ({"website": "http://spam.example"}, "trap"),
    ],
)
def test_what_looks_wrong_is_held_and_counts_only_when_staff_let_it_go(
    session: Session, crowd: Crowd, typed: dict[str, str], reason: str
) -> None:
    signature = crowd.sign(typed=typed)

    assert (signature.state, signature.held_reason) == (SignatureState.HELD, reason)
    confirm(crowd, signature)
    assert total(session, crowd) == 0


def test_a_network_over_its_limit_is_held_not_refused(session: Session, crowd: Crowd) -> None:
    states = [
        crowd.sign(network="192.0.2.7", email=f"p{n}@gmail.com").state
        for n in range(PER_MINUTE + 1)
    ]

    assert set(states[:-1]) == {SignatureState.PENDING}
    assert states[-1] is SignatureState.HELD


def test_a_whole_network_of_ipv6_is_one(crowd: Crowd) -> None:
    for n in range(PER_MINUTE):
        crowd.sign(network=f"2001:db8::{n:x}", email=f"p{n}@gmail.com")

    assert crowd.sign(network="2001:db8::ffff", email="z@gmail.com").state is SignatureState.HELD
    other = crowd.sign(network="2001:db8:0:1::1", email="y@gmail.com")
    assert other.state is SignatureState.PENDING


def test_a_closed_petition_takes_no_signature(session: Session, crowd: Crowd) -> None:
    with pytest.raises(WrongState):
        Crowd(
            session, petition(session, crowd.now, slug="b", closes_at=crowd.now), crowd.now
        ).sign()

    assert session.scalar(select(Signature)) is None


class TestCountingAtOnce:
    @pytest.fixture
    def crowd(self, session: Session, now: datetime) -> Crowd:
        return Crowd(session, petition(session, now, counts_at_once=True), now)

    def test_a_signature_counts_before_its_proof_and_once(
        self, session: Session, crowd: Crowd
    ) -> None:
        signature = crowd.sign()
        assert total(session, crowd) == 1

        confirm(crowd, signature)

        assert total(session, crowd) == 1

    def test_an_address_that_nobody_knows_proves_itself_first(
        self, session: Session, crowd: Crowd
    ) -> None:
        signature = crowd.sign(email="ann@unheard-of.org")
        assert total(session, crowd) == 0

        confirm(crowd, signature)

        assert total(session, crowd) == 1

    def test_unproven_rows_give_way_to_the_owner_of_the_address(
        self, session: Session, crowd: Crowd
    ) -> None:
        strangers = [crowd.sign(), crowd.sign(first_name="Eve")]
        own = crowd.sign(first_name="Own")
        assert own.counted_on is None
        assert total(session, crowd) == 2

        confirm(crowd, own)

        assert session.get_one(Signature, own.id).counted_on is not None
        assert total(session, crowd) == 1
        assert {session.get_one(Signature, s.id).counted_on for s in strangers} == {None}


def test_every_case_writes_the_same_number_of_rows(session: Session, crowd: Crowd) -> None:
    confirm(crowd, crowd.sign())
    tables = (Signature, ConsentEvent, Message, MessageEvent, CountDelta)

    def grown(**typed: str) -> list[int]:
        before = [len(session.scalars(select(table)).all()) for table in tables]
        crowd.sign(typed=typed, choices=(YES,))
        after = [len(session.scalars(select(table)).all()) for table in tables]
        return [new - old for new, old in zip(after, before, strict=True)]

    new = grown(email="new@gmail.com")
    same_again = grown()
    held = grown(email="held@mailinator.com")
    flooded = [grown(first_name=f"N{n}") for n in range(12)][-1]

    assert new == same_again == held == flooded == [1, 1, 1, 1, 1]


def test_time_does_not_tell_who_signed_before(session: Session, crowd: Crowd) -> None:
    confirm(crowd, crowd.sign())
    chance = random.Random(5)
    took: dict[bool, list[float]] = {True: [], False: []}

    for n in range(500):
        for before in chance.sample([True, False], 2):
            email = "ann@gmail.com" if before else f"new{n}@gmail.com"
            took[before].append(seconds(partial(crowd.press, email=email)))

    ratio = statistics.median(took[True]) / statistics.median(took[False])
    assert 0.8 < ratio < 1.25, ratio


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def test_a_pair_that_both_press_first_counts_once(session: Session, crowd: Crowd) -> None:
    first, second = crowd.sign(), crowd.sign()

    for signature in (first, second, first):
        confirm(crowd, signature)

    assert total(session, crowd) == 1
    states = [session.get_one(Signature, s.id).state for s in (first, second)]
    assert states == [SignatureState.CONFIRMED, SignatureState.DUPLICATE]
