"""Campaigns: the public sees the published version of what is not a draft."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.campaigns.models import Campaign, CampaignText, CampaignVersion, State
from campaign_app.campaigns.opening import open_shipped
from campaign_app.campaigns.published import all_published, published
from campaign_app.campaigns.shipped import shipped_campaigns
from campaign_app.errors import NotFound
from tests.factories import campaign


def row(session: Session, slug: str = "a-campaign") -> Campaign:
    return session.scalars(select(Campaign).where(Campaign.slug == slug)).one()


def test_an_open_campaign_takes_letters(session: Session, now: datetime) -> None:
    assert campaign(session, now).takes_letters


@pytest.mark.parametrize("state", [State.PAUSED, State.CLOSED, State.ARCHIVED])
def test_another_public_campaign_is_seen_and_takes_none(
    session: Session, now: datetime, state: State
) -> None:
    campaign(session, now)
    row(session).state = state

    assert not published(session, "a-campaign").takes_letters
    assert all_published(session) == []


@pytest.mark.parametrize("state", [State.DRAFT, State.SCHEDULED])
def test_a_draft_cannot_be_told_from_nothing(session: Session, now: datetime, state: State) -> None:
    campaign(session, now)
    row(session).state = state

    with pytest.raises(NotFound, match="cannot find that campaign"):
        published(session, "a-campaign")


def test_an_unpublished_campaign_cannot_be_told_from_nothing(
    session: Session, now: datetime
) -> None:
    campaign(session, now)
    row(session).published = None
    session.flush()

    with pytest.raises(NotFound):
        published(session, "a-campaign")


def test_an_unknown_campaign_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        published(session, "no-such-campaign")


def test_running_campaigns_are_listed(session: Session, now: datetime) -> None:
    campaign(session, now, slug="one")
    campaign(session, now, slug="two")

    assert [one.slug for one in all_published(session)] == ["one", "two"]


def test_words_fall_back_to_english_and_then_to_nothing(session: Session, now: datetime) -> None:
    campaign(session, now)
    version = row(session).published
    assert version is not None
    version.texts = [
        CampaignText(field="title", lang="en", markdown="Fair care"),
        CampaignText(field="title", lang="cy", markdown="Gofal teg"),
        CampaignText(field="ask", lang="en", markdown="Write"),
    ]
    session.flush()

    found = published(session, "a-campaign")

    assert found.words("title", "cy") == "Gofal teg"
    assert found.words("ask", "cy") == "Write"
    assert found.words("nothing") == ""


def test_a_new_version_does_not_change_the_published_one(session: Session, now: datetime) -> None:
    before = campaign(session, now)
    session.add(CampaignVersion(campaign_id=before.id, number=2, settings={}, created_at=now))
    session.flush()

    assert published(session, "a-campaign").version_id == before.version_id


def test_a_shipped_campaign_opens_with_all_its_words(session: Session, now: datetime) -> None:
    shipped = next(iter(shipped_campaigns()))

    opened = open_shipped(session, shipped, now)

    found = published(session, shipped.slug)
    assert opened.state is State.OPEN
    assert {name: dict(words) for name, words in found.texts.items()} == {
        name: dict(words) for name, words in shipped.texts.items()
    }


def test_opening_a_shipped_campaign_again_leaves_staff_s_changes_alone(
    session: Session, now: datetime
) -> None:
    shipped = next(iter(shipped_campaigns()))
    opened = open_shipped(session, shipped, now)
    opened.state = State.PAUSED
    session.flush()

    again = open_shipped(session, shipped, now)

    assert again.id == opened.id
    assert again.state is State.PAUSED
