"""Act: sign a petition. The one hot path (decision 0007)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions import sign_postgres, sign_sqlite
from campaign_app.actions.rules import Rules
from campaign_app.actions.sign_fields import SignForm
from campaign_app.actions.sign_row import SignOccasion, consents_of, row_of, terms_of
from campaign_app.campaigns.models import Campaign, CampaignVersion, Kind
from campaign_app.database import db
from campaign_app.errors import NotFound, WrongState
from campaign_app.petitions.life import Petition, options
from campaign_app.places.answers import Answer
from campaign_app.supporters.consents import Choice

CLOSED = "This petition is not taking signatures at the moment."


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature is in. It says nothing about who signed before, and neither may a page."""

    public_id: str


def sign(
    form: SignForm,
    *,
    place: Answer | None,
    petition: Petition,
    choices: Sequence[Choice],
    occasion: SignOccasion,
    rules: Rules,
) -> Signed:
    """Write a signature with its consents, its mail and its step of the count, in one commit.

    Opens its own connection: the caller needs no transaction. ``place`` is None where nobody
    knows it, and abroad. Raises WrongState when the petition takes no signatures.
    """
    if not petition.takes_signatures(occasion.now):
        raise WrongState(CLOSED)
    row = row_of(form, place, petition, occasion)
    terms = terms_of(
        form, row, petition, occasion, limits=rules.limits, mail_domain=rules.mail_domain
    )
    engine = db.engine
    way = sign_sqlite if engine.dialect.name == "sqlite" else sign_postgres
    way.write(engine, row, terms, consents_of(choices))
    return Signed(row["public_id"])


def petition_by_slug(session: Session, slug: str) -> Petition:
    """Return a petition by its slug; raises NotFound for drafts and for other campaigns."""
    return _petition(session, Campaign.slug == slug)


def petition_by_id(session: Session, campaign_id: int) -> Petition:
    """Return a petition by its campaign; raises NotFound as ``petition_by_slug`` does."""
    return _petition(session, Campaign.id == campaign_id)


def _petition(session: Session, which: object) -> Petition:
    found = session.execute(
        select(Campaign, CampaignVersion.settings)
        .join(CampaignVersion, CampaignVersion.id == Campaign.published_version_id)
        .where(which, Campaign.kind == Kind.PETITION)  # type: ignore[arg-type]
    ).first()
    if found is None:
        raise NotFound("We cannot find that petition.")
    return petition_of(found.Campaign, found.settings)


def petition_of(campaign: Campaign, settings: dict[str, object]) -> Petition:
    """Return what acts need of a campaign and the settings of its published version."""
    return Petition(
        id=campaign.id,
        slug=campaign.slug,
        reference=campaign.reference,
        state=campaign.state,
        version_id=campaign.published_version_id or 0,
        opens_at=campaign.opens_at,
        closes_at=campaign.closes_at,
        goal=campaign.goal,
        **options(settings),
    )
