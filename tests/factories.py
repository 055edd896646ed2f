"""Rows for tests, each the least that it can be; a test names what matters to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions import email_target
from campaign_app.actions.email_target import Draft, Occasion, Sent
from campaign_app.actions.rules import Rules
from campaign_app.actions.sender import Sender
from campaign_app.campaigns.models import Campaign, CampaignVersion, ConfirmPolicy, Kind, State
from campaign_app.campaigns.published import PublishedCampaign, published
from campaign_app.delivery.models import Message
from campaign_app.evidence import wordings
from campaign_app.letters.models import Letter
from campaign_app.places.answers import Answer, Nation, Status
from campaign_app.places.postcode import Postcode
from campaign_app.settings import Organisation
from campaign_app.supporters import people
from campaign_app.supporters.addresses import read_address
from campaign_app.supporters.consents import Choice, Shown
from campaign_app.supporters.models import Basis, Channel, Purpose, Supporter
from campaign_app.targets.models import Target, TargetKind, TargetState
from campaign_app.vault.tokens import random_id
from tests.letters.samples import letter_template

RULES = Rules(
    organisation=Organisation(),
    base_url="https://act.example.org",
    mail_domain="letters.example.org",
    letter_wait=timedelta(minutes=30),
    limits=True,
)
HOME = Postcode("SE1", "2DL")
NETWORK = b"a network's key!"


def campaign(session: Session, now: datetime, *, slug: str = "a-campaign") -> PublishedCampaign:
    """An open letter campaign, the same one for the same slug."""
    if session.scalar(select(Campaign.id).where(Campaign.slug == slug)) is None:
        row = Campaign(
            slug=slug,
            kind=Kind.EMAIL_TARGET,
            state=State.OPEN,
            reference=slug[:12].upper(),
            target_kind=TargetKind.MP,
            created_at=now,
        )
        session.add(row)
        session.flush()
        row.published = CampaignVersion(
            campaign_id=row.id, number=1, settings={}, created_at=now, published_at=now
        )
        session.flush()
    return published(session, slug)


def target(session: Session) -> Target:
    """The MP to whom everybody writes here."""
    found = session.scalar(select(Target))
    if found is None:
        found = Target(
            kind=TargetKind.MP,
            state=TargetState.SITTING,
            name="Alex Example MP",
            salutation="Alex Example",
            email="alex@mp.example",
            postal="House of Commons, London SW1A 0AA",
            source="invented",
            checked_on=date(2026, 11, 1),
            valid_from=date(2024, 7, 4),
        )
        session.add(found)
        session.flush()
    return found


def sender(
    email: str = "ann@gmail.com",
    *,
    first_name: str = "Ann",
    last_name: str = "Example",
    house_lines: tuple[str, ...] = ("1 Example Street",),
) -> Sender:
    """Somebody with an address at a well-known provider."""
    return Sender(
        first_name=first_name,
        last_name=last_name,
        address=read_address(email),
        postcode=HOME,
        house_lines=house_lines,
    )


def draft(
    session: Session,
    now: datetime,
    *,
    who: Sender | None = None,
    own_words: str = "",
    policy: ConfirmPolicy = ConfirmPolicy.IN_DOUBT,
    slug: str = "a-campaign",
) -> Draft:
    """A letter that could be sent."""
    return Draft(
        campaign=replace(campaign(session, now, slug=slug), confirm_policy=policy),
        template=letter_template(),
        sender=who or sender(),
        place=Answer(
            postcode=HOME,
            status=Status.LIVE,
            source="test",
            as_of=now,
            nation=Nation.ENGLAND,
            pcon="E14001085",
            alliance="E56000010",
        ),
        target=target(session),
        constituency="Bermondsey and Old Southwark",
        alliance="South East London",
        organisation=RULES.organisation.name,
        own_words=own_words,
    )


def occasion(
    session: Session,
    now: datetime,
    *,
    form_id: str | None = None,
    network: bytes = NETWORK,
    page_age: timedelta | None = timedelta(minutes=2),
) -> Occasion:
    """A form that came after two minutes on the page."""
    return Occasion(
        form_id=form_id or random_id(),
        page_age=page_age,
        network=network,
        traffic_source=None,
        notice_id=wording(session, now),
        page="letter",
        lang="en",
        now=now,
    )


def send(
    session: Session,
    now: datetime,
    *,
    who: Sender | None = None,
    own_words: str = "",
    policy: ConfirmPolicy = ConfirmPolicy.IN_DOUBT,
    slug: str = "a-campaign",
    choices: Sequence[Choice] = (),
    how: Occasion | None = None,
    rules: Rules = RULES,
) -> Sent:
    """Press Send; own words bring their tick with them."""
    told = (story(session, now),) if own_words else ()
    return email_target.send(
        session,
        draft=draft(session, now, who=who, own_words=own_words, policy=policy, slug=slug),
        choices=(*choices, *told),
        occasion=how or occasion(session, now),
        rules=rules,
    )


def unconfirmed(
    session: Session,
    now: datetime,
    *,
    who: Sender | None = None,
    own_words: str = "",
    choices: Sequence[Choice] = (),
    slug: str = "a-campaign",
) -> Letter:
    """A letter that waits for its writer to confirm."""
    always = ConfirmPolicy.ALWAYS
    return send(
        session, now, who=who, own_words=own_words, choices=choices, slug=slug, policy=always
    ).letter


def wording(session: Session, now: datetime) -> int:
    """The id of some words that were shown."""
    return wordings.keep(session, "notice.test", {"en": "These words were shown."}, now)


def shown(now: datetime) -> Shown:
    """A page on which somebody chose."""
    return Shown("a page", "en", None, now)


def news(
    session: Session, now: datetime, *, granted: bool = True, channel: Channel = Channel.EMAIL
) -> Choice:
    """An answer to the contact question."""
    return Choice(channel, Purpose.UPDATES, granted, wording(session, now))


def objection(session: Session, now: datetime) -> Choice:
    """A tick at "please do not study me"."""
    words = wording(session, now)
    return Choice(Channel.ANY, Purpose.PROFILING, False, words, Basis.LEGITIMATE_INTEREST)


def story(session: Session, now: datetime) -> Choice:
    """The tick that own words may be sent."""
    words = wording(session, now)
    return Choice(Channel.STORY, Purpose.STORY_TO_TARGET, True, words, Basis.EXPLICIT_CONSENT)


def supporter(session: Session, now: datetime, email: str = "ann@gmail.com") -> Supporter:
    """Somebody who proved an address."""
    return people.welcome(
        session,
        address=read_address(email),
        first_name="Ann",
        last_name="Example",
        lang="en",
        now=now,
    )


def messages(session: Session, letter: Letter, kind: str) -> list[Message]:
    """A letter's messages of one kind, oldest first."""
    found = select(Message).where(Message.letter_id == letter.id, Message.kind == kind)
    return list(session.scalars(found.order_by(Message.id)))
