"""A petition and people who sign it, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from campaign_app.actions.rules import Rules
from campaign_app.actions.sign_fields import SignForm, read_form
from campaign_app.actions.sign_petition import Signed, petition_by_slug, sign
from campaign_app.actions.sign_row import SignOccasion
from campaign_app.campaigns.models import Campaign, CampaignVersion, Kind, State
from campaign_app.petitions.life import Petition
from campaign_app.petitions.models import Signature
from campaign_app.places.answers import Answer, Nation, Status
from campaign_app.places.postcode import Postcode
from campaign_app.settings import Organisation
from campaign_app.supporters.consents import Choice
from campaign_app.vault.hashing import network_key

RULES = Rules(
    organisation=Organisation(),
    base_url="https://act.example.org",
    mail_domain="letters.example.org",
    letter_wait=timedelta(minutes=30),
    limits=True,
)
HOME = Postcode("SE1", "2DL")
LONDON_SEAT, LONDON_ALLIANCE = "E14001085", "E56000010"


def petition(
    session: Session,
    now: datetime,
    *,
    slug: str = "a-petition",
    counts_at_once: bool = False,
    closes_at: datetime | None = None,
) -> Petition:
    """An open petition, committed."""
    row = Campaign(
        slug=slug,
        kind=Kind.PETITION,
        state=State.OPEN,
        reference=slug[:12].upper(),
        closes_at=closes_at,
        created_at=now,
    )
    session.add(row)
    session.flush()
    settings = {"counts_at_once": counts_at_once, "countries": True}
    row.published = CampaignVersion(
        campaign_id=row.id, number=1, settings=settings, created_at=now, published_at=now
    )
    session.commit()
    return petition_by_slug(session, slug)


def answer(now: datetime, **values: Any) -> Answer:  # noqa: ANN401 - the fields of an answer.
    """A place in London, unless told otherwise."""
    given: dict[str, Any] = {
        "postcode": HOME,
        "status": Status.LIVE,
        "source": "test",
        "as_of": now,
        "nation": Nation.ENGLAND,
        "pcon": LONDON_SEAT,
        "alliance": LONDON_ALLIANCE,
    }
    return Answer(**{**given, **values})


def form(typed: Mapping[str, str] | None = None, **values: str) -> SignForm:
    """What somebody typed, read; it must be right."""
    given = {
        "first_name": "Ann",
        "last_name": "Example",
        "email": "ann@gmail.com",
        "postcode": "SE1 2DL",
        **(typed or {}),
        **values,
    }
    found = read_form(MultiDict(given), countries=True)
    assert isinstance(found, SignForm), found
    return found


@dataclass
class Crowd:
    """People who sign one petition, each from a network of their own unless told otherwise."""

    session: Session
    petition: Petition
    now: datetime
    rules: Rules = RULES
    networks: int = 0
    signed: list[str] = field(default_factory=list)

    def sign(
        self,
        *,
        network: str | None = None,
        place: Answer | None = None,
        choices: tuple[Choice, ...] = (),
        now: datetime | None = None,
        hold: str | None = None,
        source: str | None = None,
        typed: Mapping[str, str] | None = None,
        **values: str,
    ) -> Signature:
        """Sign with the act, and return the row that it made."""
        signed = self.press(
            network=network,
            place=place,
            choices=choices,
            now=now,
            hold=hold,
            source=source,
            **{**(typed or {}), **values},
        )
        return self.row(signed)

    def press(
        self,
        *,
        network: str | None = None,
        place: Answer | None = None,
        choices: tuple[Choice, ...] = (),
        now: datetime | None = None,
        hold: str | None = None,
        source: str | None = None,
        **typed: str,
    ) -> Signed:
        """Sign, and look at nothing."""
        self.networks += 1
        default = f"10.{self.networks >> 16 & 255}.{self.networks >> 8 & 255}.{self.networks & 255}"
        when = now or self.now
        occasion = SignOccasion(
            network=network_key(network or default),
            traffic_source=source,
            notice_id=1,
            page="petition",
            lang="en",
            now=when,
            hold=hold,
        )
        self.session.rollback()
        return sign(
            form(typed),
            place=answer(when) if place is None else place,
            petition=self.petition,
            choices=choices,
            occasion=occasion,
            rules=self.rules,
        )

    def row(self, signed: Signed) -> Signature:
        """The row of a signature, as it is now."""
        found = select(Signature).where(Signature.public_id == signed.public_id)
        return self.session.scalars(found.execution_options(populate_existing=True)).one()

    def later(self, wait: timedelta) -> Crowd:
        """The same people after a while."""
        return replace(self, now=self.now + wait)
