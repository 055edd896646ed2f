"""Evidence of a whole journey: complete, and without one personal value."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app import tables
from campaign_app.actions import confirm_letter, contact_choices, take_back
from campaign_app.actions.contact_choices import ContactDetails
from campaign_app.actions.forget import forget
from campaign_app.delivery.models import Message
from campaign_app.evidence.append_only import EVIDENCE_TABLES
from campaign_app.supporters.addresses import read_address
from campaign_app.supporters.models import Channel
from tests.factories import RULES, draft, news, objection, sender, shown, story, unconfirmed

MINUTE = timedelta(minutes=1)
CANARIES = ("Canarina", "Kanarienvogel", "canary", "Finch Street", "SE1 2DL", "7946", "Serinus")


def whole_journey(session: Session, now: datetime) -> None:
    """Send, mend, confirm, choose, change, stop, disown, forget."""
    who = sender(
        "canary@gmail.com",
        first_name="Canarina",
        last_name="Kanarienvogel",
        house_lines=("1 Finch Street",),
    )
    choices = [news(session, now), objection(session, now)]
    letter = unconfirmed(session, now, who=who, own_words="Serinus sings.", choices=choices)
    confirm_letter.mend_address(session, letter, read_address("canary@outlook.com"), RULES, now)
    confirm_letter.confirm(session, letter, RULES, now)
    by_phone = news(session, now, channel=Channel.PHONE)
    details = ContactDetails("020 7946 0123", "1 Finch Street", "SE1 2DL")
    contact_choices.add_channels(session, letter, [by_phone], details, shown(now))
    take_back.change_words(
        session,
        letter,
        draft(session, now, who=who, own_words="Serinus sings again.").text(),
        asks=(),
        story=story(session, now),
        shown=shown(now),
        rules=RULES,
    )
    contact_choices.stop_emails(session, letter, shown(now + MINUTE))
    take_back.not_me(session, letter, now + MINUTE)
    forget(session, now + timedelta(days=60))


def test_no_personal_value_of_a_whole_journey_stands_in_the_evidence(
    session: Session, now: datetime
) -> None:
    whole_journey(session, now)

    for name in EVIDENCE_TABLES:
        rows = session.execute(select(tables.metadata.tables[name])).all()
        written = " ".join(str(value) for row in rows for value in row)
        assert not [canary for canary in CANARIES if canary.lower() in written.lower()], name


def test_no_message_holds_an_address_words_or_a_token(session: Session, now: datetime) -> None:
    whole_journey(session, now)

    for message in session.scalars(select(Message)):
        written = json.dumps(message.recipe) + message.kind + (message.last_reply or "")
        assert not [canary for canary in CANARIES if canary in written]
