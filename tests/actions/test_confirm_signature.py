"""Confirming a signature: by link or code, once, in time, and by the owner of the address."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaign_app.actions.confirm_letter import TooManyCodes
from campaign_app.actions.confirm_signature import confirm_by_code, confirm_by_link
from campaign_app.actions.erase_signature import erase, not_me
from campaign_app.actions.forget_signatures import forget_signatures
from campaign_app.actions.sign_row import ALREADY
from campaign_app.actions.signature_links import CONFIRM, follow, link, thanks
from campaign_app.actions.signature_messages import mend_address, send_again
from campaign_app.actions.welcome_signers import welcome_signers
from campaign_app.campaigns.models import Campaign, State
from campaign_app.delivery.models import Message, MessageState
from campaign_app.errors import LinkRefused, WrongState
from campaign_app.evidence.models import ErasureJournal, RetentionRun
from campaign_app.petitions import counts
from campaign_app.petitions.models import CountDelta, Signature, SignatureState
from campaign_app.supporters.addresses import read_address
from campaign_app.supporters.consents import Choice, may_contact
from campaign_app.supporters.models import Channel, ConsentEvent, ConsentKind, Purpose, Supporter
from campaign_app.vault import tokens
from tests.petitions.signing import RULES, Crowd, petition

CLOSING = timedelta(days=3)
YES = Choice(Channel.EMAIL, Purpose.UPDATES, granted=True, wording_id=1)


@pytest.fixture
def crowd(session: Session, now: datetime) -> Crowd:
    return Crowd(session, petition(session, now, closes_at=now + CLOSING), now)


def token(crowd: Crowd, signature: Signature) -> str:
    made = link(signature, CONFIRM, crowd.now)
    crowd.session.rollback()
    return made


def state(session: Session, signature: Signature) -> SignatureState:
    session.rollback()
    return session.get_one(Signature, signature.id, populate_existing=True).state


def test_a_link_counts_once_however_often_it_is_used(session: Session, crowd: Crowd) -> None:
    mailed = token(crowd, crowd.sign())

    for _ in range(3):
        confirm_by_link(mailed, crowd.now)

    assert session.scalars(select(CountDelta.step)).all() == [0, 1]


def test_many_who_press_at_once_count_once(app: Flask, session: Session, crowd: Crowd) -> None:
    links = [token(crowd, crowd.sign()) for _ in range(4)] * 2

    def press(mailed: str) -> None:
        with app.app_context():
            confirm_by_link(mailed, crowd.now)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(press, links))

    assert sum(session.scalars(select(CountDelta.step))) == 1
    states = sorted(session.scalars(select(Signature.state)))
    assert states == [SignatureState.CONFIRMED] + [SignatureState.DUPLICATE] * 3


def test_the_code_confirms_and_five_wrong_ones_end_it(session: Session, crowd: Crowd) -> None:
    signature, other = crowd.sign(), crowd.sign(email="b@gmail.com")
    page = thanks(signature.public_id, crowd.now)
    code = tokens.code(signature.public_id, crowd.now)
    session.rollback()

    assert not confirm_by_code(page, "000000" if code != "000000" else "1", crowd.now)
    assert confirm_by_code(page, f"{code[:3]} {code[3:]}", crowd.now)
    assert state(session, signature) is SignatureState.CONFIRMED
    session.rollback()
    page = thanks(other.public_id, crowd.now)
    for _ in range(5):
        assert not confirm_by_code(page, "wrong", crowd.now)
    with pytest.raises(TooManyCodes):
        confirm_by_code(page, tokens.code(other.public_id, crowd.now), crowd.now)


def test_an_old_code_does_not_work(session: Session, crowd: Crowd) -> None:
    signature = crowd.sign()
    late = crowd.now + timedelta(minutes=31)
    session.rollback()

    right = tokens.code(signature.public_id, crowd.now)

    assert not confirm_by_code(thanks(signature.public_id, crowd.now), right, late)


@pytest.mark.parametrize(
    ("after_closing", "counts_then"), [(timedelta(hours=23), True), (timedelta(hours=25), False)]
)
def test_confirmations_count_for_a_day_after_closing(
    session: Session, crowd: Crowd, after_closing: timedelta, counts_then: bool
) -> None:
    signature = crowd.sign()
    mailed = token(crowd, signature)
    when = crowd.now + CLOSING + after_closing

    if counts_then:
        confirm_by_link(mailed, when)
    else:
        with pytest.raises(WrongState):
            confirm_by_link(mailed, when)

    assert (state(session, signature) is SignatureState.CONFIRMED) is counts_then


def test_a_pause_does_not_stop_confirmations(session: Session, crowd: Crowd) -> None:
    signature = crowd.sign()
    session.execute(update(Campaign).values(state=State.PAUSED))
    session.commit()

    confirm_by_link(token(crowd, signature), crowd.now)

    assert state(session, signature) is SignatureState.CONFIRMED


def test_a_link_for_one_address_confirms_nothing_of_another(session: Session, crowd: Crowd) -> None:
    mine, other = crowd.sign(), crowd.sign(email="b@gmail.com")
    public_id = other.public_id

    with pytest.raises(LinkRefused):
        confirm_by_link(token(crowd, mine), crowd.now, chosen=public_id)


def test_a_mended_address_kills_the_old_link_and_gets_a_mail(
    session: Session, crowd: Crowd
) -> None:
    signature = crowd.sign(email="anne@gmail.com")
    old = token(crowd, signature)

    signature = session.get_one(Signature, signature.id)
    mend_address(session, signature, read_address("ann@gmail.com"), RULES, crowd.now)
    session.commit()

    with pytest.raises(LinkRefused):
        confirm_by_link(old, crowd.now)
    confirm_by_link(token(crowd, signature), crowd.now)
    states = session.scalars(select(Message.state).order_by(Message.id)).all()
    assert states == [MessageState.CANCELLED, MessageState.DUE]


def test_mending_to_an_address_that_signed_tells_only_its_owner(
    session: Session, crowd: Crowd
) -> None:
    confirm_by_link(token(crowd, crowd.sign()), crowd.now)
    signature = crowd.sign(email="x@gmail.com")

    mend_address(session, signature, read_address("ann@gmail.com"), RULES, crowd.now)
    session.commit()

    newest = session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert newest is not None
    assert newest.kind == ALREADY


def test_asking_again_keeps_to_five_mails_a_day(session: Session, crowd: Crowd) -> None:
    signature = crowd.sign()

    for _ in range(6):
        send_again(session, signature, RULES, crowd.now)
        # Each mail had left before the next was asked for.
        session.execute(
            update(Message)
            .where(Message.state == MessageState.DUE)
            .values(state=MessageState.ACCEPTED)
        )
        session.expire_all()
    session.commit()

    states = session.scalars(select(Message.state)).all()
    assert states.count(MessageState.ACCEPTED) == 5


def test_whoever_confirmed_is_welcomed_with_proven_consents(session: Session, crowd: Crowd) -> None:
    signature = crowd.sign(choices=(YES,))
    confirm_by_link(token(crowd, signature), crowd.now)

    assert welcome_signers(session, crowd.now) == 1
    session.commit()

    signature = session.get_one(Signature, signature.id, populate_existing=True)
    assert signature.supporter_id is not None
    assert may_contact(session, signature.supporter_id, Channel.EMAIL, Purpose.UPDATES)
    assert welcome_signers(session, crowd.now) == 0


def test_nobody_is_welcomed_unproven(session: Session, crowd: Crowd) -> None:
    crowd.sign(choices=(YES,))

    assert welcome_signers(session, crowd.now) == 0
    assert session.scalar(select(Supporter)) is None


def test_erasing_takes_the_person_and_keeps_the_count(session: Session, crowd: Crowd) -> None:
    signature = crowd.sign()
    confirm_by_link(token(crowd, signature), crowd.now)

    erase(session, session.get_one(Signature, signature.id), crowd.now, asked_by="staff")
    counts.fold(session, crowd.now)
    session.commit()

    erased = session.get_one(Signature, signature.id, populate_existing=True)
    assert counts.total(session, crowd.petition.id).total == 1
    assert (erased.first_name, erased.email, erased.email_key, erased.postcode) == (None,) * 4
    assert erased.pcon is not None
    assert session.scalars(select(ErasureJournal.asked_by)).all() == ["staff"]


def test_not_me_takes_signature_and_consents_back(session: Session, crowd: Crowd) -> None:
    signature = crowd.sign(choices=(YES,))
    confirm_by_link(token(crowd, signature), crowd.now)
    session.rollback()

    not_me(session, session.get_one(Signature, signature.id), crowd.now)
    session.commit()

    assert sum(session.scalars(select(CountDelta.step))) == 0
    kinds = session.scalars(select(ConsentEvent.kind).order_by(ConsentEvent.id)).all()
    assert kinds == [ConsentKind.GIVEN, ConsentKind.WITHDRAWN]


@pytest.mark.parametrize(
    ("wait", "gone"),
    [(CLOSING + timedelta(hours=23), False), (CLOSING + timedelta(hours=24), True)],
)
def test_what_nobody_confirmed_is_forgotten(
    session: Session, crowd: Crowd, wait: timedelta, gone: bool
) -> None:
    signature = crowd.sign()

    forget_signatures(session, crowd.now + wait)
    session.commit()

    assert (state(session, signature) is SignatureState.EXPIRED) is gone
    assert bool(session.scalars(select(RetentionRun.rule)).all()) is gone


def test_without_a_closing_day_ninety_days_are_the_longest(session: Session, now: datetime) -> None:
    crowd = Crowd(session, petition(session, now), now)
    signature = crowd.sign()

    forget_signatures(session, now + timedelta(days=90))
    session.commit()

    with pytest.raises(LinkRefused):
        follow(session, link(signature, CONFIRM, now), CONFIRM, now)
    assert session.get_one(Signature, signature.id).network_key is None
