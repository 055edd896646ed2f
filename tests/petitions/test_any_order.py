"""Whatever happens in whatever order, every published number equals a recount."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaign_app.actions.confirm_signature import confirm_by_link
from campaign_app.actions.erase_signature import erase, not_me
from campaign_app.actions.forget_signatures import forget_signatures
from campaign_app.actions.sign_petition import petition_by_slug
from campaign_app.actions.signature_links import CONFIRM, link
from campaign_app.actions.signature_messages import mend_address
from campaign_app.campaigns.models import Campaign
from campaign_app.errors import CampaignError
from campaign_app.petitions import counts, holds, invalidations, paper, recount
from campaign_app.petitions.invalidations import Query
from campaign_app.petitions.models import Invalidation, PaperBatch, Signature, SignatureState
from campaign_app.places.answers import Nation
from campaign_app.supporters.addresses import read_address
from tests.petitions.recounting import published
from tests.petitions.recounting import recount as recount_by_hand
from tests.petitions.signing import RULES, Crowd, answer, petition

STEPS = 60
NAMES = ("Ann", "Bob", "Cat")
HOSTS = ("gmail.com", "unknown-host.org", "mailinator.com")
SOURCES = (None, "email", "poster")
PLACES: tuple[dict[str, Any], ...] = (
    {},
    {"nation": Nation.SCOTLAND, "pcon": "S14000001", "alliance": None},
    {"nation": Nation.WALES, "pcon": "W07000041", "alliance": None},
    {"alliance": None},
    {"nation": None, "pcon": None, "alliance": None},
    {"nation": Nation.ISLE_OF_MAN, "pcon": None, "alliance": None},
)


class World:
    """One petition, and everything that can happen to it, chosen by one seed."""

    def __init__(self, session: Session, now: datetime, seed: int, *, counts_at_once: bool) -> None:
        self.random = random.Random(seed)
        self.session = session
        closes_at = now + timedelta(days=20)
        made = petition(session, now, counts_at_once=counts_at_once, closes_at=closes_at)
        self.crowd = Crowd(session, made, now)
        self.now = now

    def step(self) -> str:
        """Do one thing, then look at every number."""
        self.now += timedelta(minutes=self.random.randrange(1, 120))
        acts = [self.sign] * 8 + [self.confirm] * 8 + [self.fold] * 3 + self.rare()
        act = self.random.choice(acts)
        try:
            act()
            self.session.commit()
        except CampaignError:
            self.session.rollback()
        self.fold()
        self.session.commit()
        return act.__name__

    def rare(self) -> list[Callable[[], None]]:
        return [
            self.invalidate,
            self.restore,
            self.erase,
            self.disown,
            self.hold,
            self.release,
            self.mend,
            self.forget,
            self.enter_paper,
            self.withdraw_paper,
            self.close,
        ]

    def sign(self) -> None:
        person = self.random.choice(NAMES)
        host = self.random.choice(HOSTS)
        typed = {
            "first_name": person,
            "email": f"{self.random.choice(['x', 'y', 'x+tag', 'Y'])}@{host}",
            "postcode": self.random.choice(["SE1 2DL", "SE1 2DL", "M20 4BX"]),
            "country": self.random.choice(["", "", "", "FR"]),
        }
        self.crowd.sign(
            typed=typed,
            network=f"10.0.0.{self.random.randrange(4)}",
            place=answer(self.now, **self.random.choice(PLACES)),
            source=self.random.choice(SOURCES),
            now=self.now,
        )

    def signature(self, *states: SignatureState) -> Signature:
        found = select(Signature).where(Signature.erased_at.is_(None))
        if states:
            found = found.where(Signature.state.in_(states))
        rows = self.session.scalars(found.order_by(Signature.id)).all()
        if not rows:
            raise CampaignError
        return self.random.choice(rows)

    def confirm(self) -> None:
        token = link(self.signature(), CONFIRM, self.now)
        self.session.rollback()
        for _ in range(self.random.choice([1, 1, 2])):
            confirm_by_link(token, self.now)

    def fold(self) -> None:
        counts.fold(self.session, self.now)

    def invalidate(self) -> None:
        query = self.random.choice(
            [
                Query(domain="*host.org"),
                Query(name="ann *"),
                Query(area="England"),
                Query(email_key=read_address("x+other@gmail.com").key.hex()),
            ]
        )
        made = invalidations.create(
            self.session, self.crowd.petition.id, query, summary="a test", by=None, now=self.now
        )
        while invalidations.run_batch(self.session, made.id, self.now, size=2):
            if self.random.random() < 0.2:
                invalidations.cancel(self.session, made.id, self.now)

    def restore(self) -> None:
        ids = self.session.scalars(select(Invalidation.id)).all()
        if not ids:
            return
        chosen = self.random.choice(ids)
        invalidations.undo(self.session, chosen, by=None, now=self.now)
        at_once = self.crowd.petition.counts_at_once
        while invalidations.undo_batch(self.session, chosen, counts_at_once=at_once, size=2):
            pass

    def erase(self) -> None:
        erase(self.session, self.signature(), self.now, asked_by="staff")

    def disown(self) -> None:
        not_me(self.session, self.signature(), self.now)

    def hold(self) -> None:
        chosen = self.signature(SignatureState.PENDING, SignatureState.CONFIRMED)
        holds.hold(self.session, [chosen.id], holds.DOMAIN)

    def release(self) -> None:
        at_once = self.crowd.petition.counts_at_once
        holds.release(self.session, [self.signature(SignatureState.HELD)], counts_at_once=at_once)

    def mend(self) -> None:
        mend_address(self.session, self.signature(), read_address("z@gmail.com"), RULES, self.now)

    def forget(self) -> None:
        forget_signatures(self.session, self.now)

    def enter_paper(self) -> None:
        batch = paper.Batch(
            kind=self.random.choice(list(paper.BatchKind)),
            signatures=self.random.randrange(1, 50),
            collected_by="a fair",
            collected_where="Leeds",
            collected_on=date(2026, 11, self.random.randrange(1, 20)),
        )
        paper.enter(self.session, self.crowd.petition.id, batch, by=None, now=self.now)

    def withdraw_paper(self) -> None:
        batches = self.session.scalars(select(PaperBatch)).all()
        if batches:
            paper.withdraw(self.session, self.random.choice(batches), by=None, now=self.now)

    def close(self) -> None:
        if self.random.random() < 0.2:
            self.session.execute(update(Campaign).values(closes_at=self.now))
            self.session.commit()
            self.crowd.petition = petition_by_slug(self.session, self.crowd.petition.slug)


@pytest.mark.parametrize("counts_at_once", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_every_number_equals_a_recount_at_every_step(
    session: Session, now: datetime, seed: int, counts_at_once: bool
) -> None:
    world = World(session, now, seed, counts_at_once=counts_at_once)
    campaign_id = world.crowd.petition.id
    history = []

    for _ in range(STEPS):
        history.append(world.step())

        assert published(session, campaign_id) == recount_by_hand(session, campaign_id), history
        assert recount.mismatches(session, campaign_id) == [], history
        session.rollback()
