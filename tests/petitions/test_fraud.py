"""Honest people at one network count; a script does not, and nothing of it is dropped."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions.confirm_signature import confirm_by_link
from campaign_app.actions.signature_links import CONFIRM, bound
from campaign_app.petitions import counts, holds, trends
from campaign_app.petitions.models import Signature, SignatureState
from campaign_app.supporters.addresses import read_address, standing
from campaign_app.supporters.models import DomainStanding
from campaign_app.vault import tokens
from campaign_app.vault.hashing import network_key
from tests.petitions.signing import Crowd, petition

ONE_NETWORK = "192.0.2.44"


def known(domain: str) -> bool:
    return standing(domain) is DomainStanding.KNOWN


def proof(email: str, public_id: str, now: datetime) -> str:
    """The token that stands in the mail to an address."""
    bound_to = bound(CONFIRM, read_address(email).key, 0)
    return tokens.sign(CONFIRM, public_id, expires=now + timedelta(days=1), bound_to=bound_to)


def tidy(session: Session, crowd: Crowd, now: datetime) -> int:
    """What runs in the background: the rules, then the folding; the public number after it."""
    session.rollback()
    holds.watch(session, crowd.petition.id, known=known, now=now)
    counts.fold(session, now)
    session.commit()
    return counts.total(session, crowd.petition.id).total


@pytest.mark.parametrize("counts_at_once", [False, True])
@pytest.mark.parametrize("seconds_apart", [0, 15])
def test_forty_honest_people_at_one_network_count_without_staff(
    session: Session, now: datetime, counts_at_once: bool, seconds_apart: int
) -> None:
    crowd = Crowd(session, petition(session, now, counts_at_once=counts_at_once), now)
    hosts = ("gmail.com", "nhs.net", "a-hospital-trust.org", "btinternet.com")

    for n in range(40):
        when = now + timedelta(seconds=n * seconds_apart)
        email = f"staff{n}@{hosts[n % 4]}"
        signed = crowd.press(first_name=f"N{n}", email=email, network=ONE_NETWORK, now=when)
        confirm_by_link(proof(email, signed.public_id, when), when)
        if n % 10 == 0:
            tidy(session, crowd, when)

    assert tidy(session, crowd, now + timedelta(minutes=10)) >= 38


@pytest.mark.parametrize("counts_at_once", [False, True])
def test_of_a_thousand_scripted_signatures_none_counts(
    session: Session, now: datetime, counts_at_once: bool
) -> None:
    """The script: one network, a thousand names in ten minutes, and all links it can read.

    A third of its addresses are at a throwaway host, a third are +aliases of one mailbox, and a
    third are at a domain of its own, where it follows every link within the second.
    """
    crowd = Crowd(session, petition(session, now, counts_at_once=counts_at_once), now)
    forms = ("p{}@mailinator.com", "me+{}@gmail.com", "p{}@my-own-domain.org")

    for n in range(1000):
        when = now + timedelta(seconds=n * 0.6)
        email = forms[n % 3].format(n)
        signed = crowd.press(first_name=f"Name{n}", email=email, network=ONE_NETWORK, now=when)
        if n % 3 == 2 or n < 300:
            confirm_by_link(proof(email, signed.public_id, when), when)
        if n % 100 == 99:
            total = tidy(session, crowd, when)

    total = tidy(session, crowd, now + timedelta(minutes=10))
    assert total == 0
    assert len(session.scalars(select(Signature.id)).all()) == 1000
    held = session.scalars(
        select(Signature.held_reason).where(Signature.state == SignatureState.HELD)
    ).all()
    assert set(held) >= {"throwaway_domain", holds.NETWORK_FLOOD, holds.NETWORK_MINUTE}


def test_staff_let_the_held_go(session: Session, now: datetime) -> None:
    crowd = Crowd(session, petition(session, now), now)
    signature = crowd.sign(hold="proof_of_work")
    confirm_by_link(proof("ann@gmail.com", signature.public_id, now), now)
    session.rollback()

    counted = holds.release(
        session, [session.get_one(Signature, signature.id)], counts_at_once=False
    )

    session.commit()
    assert counted == 1
    assert tidy(session, crowd, now) == 1


def test_a_burst_of_an_unheard_of_domain_is_held(session: Session, now: datetime) -> None:
    crowd = Crowd(session, petition(session, now), now)
    for n in range(holds.DOMAIN_BURST):
        crowd.press(email=f"p{n}@a-farm.org")
        crowd.press(email=f"p{n}@gmail.com")
    session.rollback()

    held = holds.watch(session, crowd.petition.id, known=known, now=now)

    assert [(one.reason, one.name, one.signatures) for one in held] == [
        (holds.DOMAIN, "a-farm.org", holds.DOMAIN_BURST)
    ]


def test_suspicion_grows_with_a_network(session: Session, now: datetime) -> None:
    crowd = Crowd(session, petition(session, now), now)
    network = network_key(ONE_NETWORK)

    assert holds.suspicion(session, network, now) is holds.Suspicion.NONE
    for n in range(holds.CHALLENGE_FROM):
        crowd.press(email=f"p{n}@gmail.com", network=ONE_NETWORK)
    session.rollback()

    assert holds.suspicion(session, network, now) is holds.Suspicion.CHALLENGE
    assert holds.suspicion(session, network_key("10.9.9.9"), now) is holds.Suspicion.NONE


def test_trends_name_networks_and_domains(session: Session, now: datetime) -> None:
    crowd = Crowd(session, petition(session, now), now)
    for n in range(3):
        crowd.press(email=f"p{n}@gmail.com", network=ONE_NETWORK)
    crowd.press(email="x@yahoo.com")
    session.rollback()
    campaign, since = crowd.petition.id, now - timedelta(hours=1)

    networks = trends.networks(session, campaign, since=since, least=2)
    domains = trends.domains(session, campaign, since=since, least=1)

    assert [(one.name, one.signatures) for one in networks] == [(network_key(ONE_NETWORK).hex(), 3)]
    assert [(one.name, one.signatures) for one in domains] == [("gmail.com", 3), ("yahoo.com", 1)]
