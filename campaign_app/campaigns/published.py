"""What the public sees of a campaign: its published version, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from campaign_app.campaigns.models import (
    PUBLIC_STATES,
    Campaign,
    CampaignVersion,
    ConfirmPolicy,
    Kind,
    State,
)
from campaign_app.errors import NotFound


@dataclass(frozen=True, slots=True)
class PublishedCampaign:
    """A campaign with its published words; ``texts`` is field, then language, then Markdown."""

    id: int
    slug: str
    kind: Kind
    state: State
    reference: str
    target_kind: str | None
    confirm_policy: ConfirmPolicy
    version_id: int
    settings: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, str]]

    def words(self, field: str, lang: str = "en") -> str:
        """Return a field's words, in English where the language has none; empty if unwritten."""
        by_language = self.texts.get(field, {})
        return by_language.get(lang) or by_language.get("en", "")

    @property
    def takes_letters(self) -> bool:
        """Return whether a letter can be sent now."""
        return self.kind is Kind.EMAIL_TARGET and self.state is State.OPEN


def published(session: Session, slug: str) -> PublishedCampaign:
    """Return the public face of a campaign; raises NotFound for drafts and strangers."""
    found = session.scalar(_public().where(Campaign.slug == slug))
    if found is None or found.published is None:
        raise NotFound("We cannot find that campaign.")
    return _face(found, found.published)


def all_published(session: Session) -> list[PublishedCampaign]:
    """Return the campaigns that run now, newest first."""
    rows = session.scalars(_public().where(Campaign.state == State.OPEN).order_by(Campaign.id))
    return [_face(row, row.published) for row in rows if row.published is not None]


def _public() -> Select[Campaign]:
    return (
        select(Campaign)
        .where(Campaign.state.in_(PUBLIC_STATES), Campaign.published_version_id.is_not(None))
        .options(joinedload(Campaign.published))
    )


def _face(campaign: Campaign, version: CampaignVersion) -> PublishedCampaign:
    texts: dict[str, dict[str, str]] = {}
    for text in version.texts:
        texts.setdefault(text.field, {})[text.lang] = text.markdown
    return PublishedCampaign(
        id=campaign.id,
        slug=campaign.slug,
        kind=campaign.kind,
        state=campaign.state,
        reference=campaign.reference,
        target_kind=campaign.target_kind,
        confirm_policy=campaign.confirm_policy,
        version_id=version.id,
        settings=version.settings,
        texts=texts,
    )
