"""Campaigns: identity and life in one row, everything that staff edit in versions."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign_app.database import Base, one_of


class Kind(StrEnum):
    """What a campaign asks people to do."""

    EMAIL_TARGET = "email_target"
    PETITION = "petition"
    HUB = "hub"


class State(StrEnum):
    """Where a campaign is in its life."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    HANDED_IN = "handed_in"
    ANSWERED = "answered"
    ARCHIVED = "archived"


#: States in which the public sees a campaign's page.
PUBLIC_STATES = frozenset(State) - {State.DRAFT, State.SCHEDULED}


class ConfirmPolicy(StrEnum):
    """When a sender confirms by email before a letter leaves."""

    ALWAYS = "always"
    IN_DOUBT = "in_doubt"
    OFF = "off"


class Campaign(Base):
    """One campaign; its texts and settings are those of its published version."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint(
            "closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at",
            name="closes_after_opening",
        ),
        CheckConstraint("goal IS NULL OR goal > 0", name="goal_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[Kind] = mapped_column(one_of(Kind, "kind"))
    state: Mapped[State] = mapped_column(one_of(State, "state"))
    reference: Mapped[str] = mapped_column(String(12), unique=True)  #: ends every subject, like FCE
    target_kind: Mapped[str | None] = mapped_column(String(20))  #: a ``targets.TargetKind``
    confirm_policy: Mapped[ConfirmPolicy] = mapped_column(
        one_of(ConfirmPolicy, "confirm_policy"), default=ConfirmPolicy.IN_DOUBT
    )
    retry_in_doubt: Mapped[bool] = mapped_column(default=False)  #: else doubt is put before staff
    goal: Mapped[int | None]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    must_arrive_by: Mapped[datetime | None]
    paused_words: Mapped[str | None] = mapped_column(Text)
    handed_in_on: Mapped[date | None]
    created_at: Mapped[datetime]
    published_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("campaign_version.id", use_alter=True)
    )

    published: Mapped[CampaignVersion | None] = relationship(
        foreign_keys=[published_version_id], post_update=True
    )


class CampaignVersion(Base):
    """What staff wrote at one time; published versions are never changed."""

    __tablename__ = "campaign_version"
    __table_args__ = (UniqueConstraint("campaign_id", "number", name="number_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    number: Mapped[int]
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)  #: see ``campaigns.versions.Options``
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    published_at: Mapped[datetime | None]

    texts: Mapped[list[CampaignText]] = relationship(lazy="selectin")


class CampaignText(Base):
    """One field of a version's words in one language, as Markdown."""

    __tablename__ = "campaign_text"

    version_id: Mapped[int] = mapped_column(ForeignKey("campaign_version.id"), primary_key=True)
    field: Mapped[str] = mapped_column(String(60), primary_key=True)
    lang: Mapped[str] = mapped_column(String(5), primary_key=True)
    markdown: Mapped[str] = mapped_column(Text)


class NewsKind(StrEnum):
    """What sort of dated item stands on a campaign's page."""

    NEWS = "news"
    HIGHLIGHT = "highlight"
    UPDATE = "update"
    MILESTONE = "milestone"
    HISTORY = "history"
    QUOTATION = "quotation"
    FILM = "film"


class NewsItem(Base):
    """A dated item of a campaign: news, an update by theme, a milestone, a film."""

    __tablename__ = "news_item"
    __table_args__ = (Index("ix_news_item_page", "campaign_id", "kind", "dated_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    kind: Mapped[NewsKind] = mapped_column(one_of(NewsKind, "kind"))
    theme: Mapped[str | None] = mapped_column(String(40))
    nation: Mapped[str | None] = mapped_column(String(20))
    dated_on: Mapped[date]
    title: Mapped[dict[str, str]] = mapped_column(JSON)  #: language to words
    markdown: Mapped[dict[str, str]] = mapped_column(JSON)  #: language to words
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    published_at: Mapped[datetime | None]


class Document(Base):
    """A file that a campaign offers, with its date and a summary of it."""

    __tablename__ = "document"
    __table_args__ = (CheckConstraint("size > 0", name="size_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    summary: Mapped[dict[str, str]] = mapped_column(JSON)
    alt_text: Mapped[dict[str, str] | None] = mapped_column(JSON)
    dated_on: Mapped[date | None]
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]  #: bytes
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    uploaded_at: Mapped[datetime]


class MeetingState(StrEnum):
    """How far a nation's minister has come."""

    ASKED = "asked"
    MET = "met"
    NOT_YET = "not_yet"


class MinisterMeeting(Base):
    """What each nation's minister was asked, and whether they met us."""

    __tablename__ = "minister_meeting"
    __table_args__ = (UniqueConstraint("campaign_id", "nation", name="one_per_nation"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    nation: Mapped[str] = mapped_column(String(20))
    state: Mapped[MeetingState] = mapped_column(one_of(MeetingState, "state"))
    happened_on: Mapped[date | None]
    markdown: Mapped[dict[str, str]] = mapped_column(JSON)
