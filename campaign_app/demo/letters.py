"""Some hundreds of invented letters that were sent over the last weeks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.campaigns.models import Campaign
from campaign_app.delivery.models import Message, MessageEvent, MessageState, Stream
from campaign_app.letters.models import Letter, LetterState
from campaign_app.places.answers import Answer
from campaign_app.places.directory import DemoDirectory
from campaign_app.settings import Settings
from campaign_app.supporters.addresses import read_address
from campaign_app.targets.models import Target, TargetKind, TargetState
from campaign_app.vault import hashing
from campaign_app.vault.tokens import random_id

HOW_MANY = 320
OVER = timedelta(days=60)
FIRST_NAMES = (
    "Aled", "Amina", "Anwen", "Beth", "Chloe", "Dev", "Efua", "Femi", "Grace", "Hana",
    "Ifan", "Joan", "Kofi", "Lowri", "Maeve", "Nia", "Omar", "Priya", "Rosa", "Tariq",
)  # fmt: skip


def invent_letters(session: Session, campaign: Campaign, settings: Settings, now: datetime) -> None:
    """Add the letters once; every writer is called Example and writes from example.org.

    Their words are gone, as words of sent letters are after 28 days.
    """
    there = select(Letter.id).where(Letter.campaign_id == campaign.id).limit(1)
    if session.scalar(there) is not None:
        return
    chance = random.Random(campaign.slug)  # noqa: S311 - invented content, not a secret.
    letters = [
        _letter(campaign, place, target, now - OVER * chance.random(), number)
        for number, (place, target) in enumerate(_writers(session, chance, now))
    ]
    session.add_all(letters)
    session.flush()
    messages = [_message(letter, settings) for letter in letters]
    session.add_all(messages)
    session.flush()
    session.add_all(_event(message) for message in messages)


def _writers(
    session: Session, chance: random.Random, now: datetime
) -> Iterator[tuple[Answer, Target]]:
    directory = DemoDirectory()
    places = [directory.look_up(one, now) for one in directory.postcodes()]
    seats = session.scalars(
        select(Target).where(Target.kind == TargetKind.MP, Target.state == TargetState.SITTING)
    )
    targets = {target.area_code: target for target in seats}
    english = [place for place in places if place and place.alliance and place.pcon in targets]
    for _ in range(HOW_MANY):
        place = chance.choice(english)
        yield place, targets[place.pcon]


def _letter(campaign: Campaign, place: Answer, target: Target, at: datetime, number: int) -> Letter:
    name = FIRST_NAMES[number % len(FIRST_NAMES)]
    address = read_address(f"{name.lower()}.{number}@example.org")
    return Letter(
        public_id=random_id(),
        form_id=random_id(),
        subject_id=random_id(),
        campaign_id=campaign.id,
        version_id=campaign.published_version_id,
        lang="en",
        state=LetterState.RELEASED,
        first_name=name,
        last_name="Example",
        email=address.written,
        email_key=address.key,
        email_domain=address.domain,
        person_key=hashing.person_key(address.canonical, name, "Example"),
        created_at=at,
        confirmed_at=at,
        released_at=at,
        nation=place.nation,
        pcon=place.pcon,
        alliance=place.alliance,
        outcode=place.postcode.outcode,
        place_source=place.source,
        target_id=target.id,
        target_name=target.name,
        seed=random_id().encode()[:16],
        subject=f"Breast cancer care [{campaign.reference}]",
        asks=[],
        alike_percent=(100, 74, 61, 88)[number % 4],
        story_consented=number % 4 != 0,
    )


def _message(letter: Letter, settings: Settings) -> Message:
    public_id = random_id()
    at = letter.created_at
    return Message(
        public_id=public_id,
        kind="letter",
        stream=Stream.LETTERS,
        state=MessageState.ACCEPTED,
        recipe={},
        letter_id=letter.id,
        campaign_id=letter.campaign_id,
        target_id=letter.target_id,
        mail_id=f"{public_id}@{settings.mail_domain}",
        created_at=at,
        due_at=at,
        data_started_at=at,
        accepted_at=at,
        ended_at=at,
        attempts=1,
        last_reply="250",
    )


def _event(message: Message) -> MessageEvent:
    return MessageEvent(
        message_id=message.id,
        state=MessageState.ACCEPTED,
        reason="invented for the demonstration",
        happened_at=message.created_at,
    )
