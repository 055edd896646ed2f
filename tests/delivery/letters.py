"""Released letters of one campaign to one target, for tests of what happens to their mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app import tasks
from campaign_app.actions.rules import Rules
from campaign_app.campaigns.models import Campaign, Kind, State
from campaign_app.cli.running import render
from campaign_app.delivery import outbox
from campaign_app.delivery.dispatch import Line, drain
from campaign_app.delivery.models import Message, MessageState, Stream
from campaign_app.letters.models import Letter, LetterState
from campaign_app.settings import Settings
from campaign_app.supporters.addresses import read_address
from campaign_app.targets.models import Target, TargetKind, TargetState
from campaign_app.vault.tokens import random_id
from tests.delivery.lines import FakeMailer

_numbers = count(1)


def target_of(session: Session, **different: Any) -> Target:  # noqa: ANN401 - columns.
    """A sitting target that is listed."""
    values: dict[str, Any] = {
        "kind": TargetKind.LISTED,
        "place_in_line": next(_numbers),
        "state": TargetState.SITTING,
        "name": "Alex Example",
        "salutation": "Alex Example MP",
        "email": "office@mp.example",
        "postal": "House of Commons, London SW1A 0AA",
        "source": "test",
        "checked_on": date(2026, 11, 1),
        "valid_from": date(2026, 1, 1),
    }
    target = Target(**(values | different))
    session.add(target)
    session.flush()
    return target


def campaign_of(session: Session, now: datetime) -> Campaign:
    """The one campaign of a test."""
    found = session.scalar(select(Campaign).where(Campaign.slug == "test"))
    if found is None:
        found = Campaign(
            slug="test", kind=Kind.EMAIL_TARGET, state=State.OPEN, reference="TST", created_at=now
        )
        session.add(found)
        session.flush()
    return found


def letter_of(
    session: Session,
    now: datetime,
    target: Target | None = None,
    state: MessageState = MessageState.DUE,
    **different: Any,  # noqa: ANN401 - columns.
) -> tuple[Letter, Message]:
    """A committed letter, released, and its message."""
    target = target or target_of(session)
    number = next(_numbers)
    address = read_address(f"ann.{number}@example.org")
    values: dict[str, Any] = {
        "public_id": random_id(),
        "subject_id": random_id(),
        "campaign_id": campaign_of(session, now).id,
        "lang": "en",
        "state": LetterState.RELEASED,
        "first_name": "Ann",
        "last_name": f"Example {number}",
        "email": address.written,
        "email_key": address.key,
        "email_domain": address.domain,
        "person_key": number.to_bytes(16),
        "created_at": now,
        "released_at": now,
        "target_id": target.id,
        "target_name": target.name,
        "seed": bytes(16),
        "subject": "Letter from your constituent",
        "asks": [],
        "alike_percent": 100,
        "story_consented": False,
        "body": "Dear Alex,\n\nPlease act.\n\nAnn\n",
    }
    letter = Letter(**(values | different))
    session.add(letter)
    session.flush()
    message = outbox.queue(
        session,
        kind="letter",
        stream=Stream.LETTERS,
        state=state,
        due_at=now,
        now=now,
        mail_domain="campaigns.demo.invalid",
        letter_id=letter.id,
        campaign_id=letter.campaign_id,
        target_id=target.id,
    )
    session.commit()
    return letter, message


def real_line(settings: Settings, mailer: FakeMailer, clock: Callable[[], datetime]) -> Line:
    """The line that production has, but for its mailer and its clock."""
    made = tasks.line(settings, render)
    return replace(made, mailer=mailer, clock=clock, may_claim=lambda: True)


def drained(line: Line) -> int:
    """Drain until nothing is due."""
    claimed = 0
    while taken := drain(line):
        claimed += taken
    return claimed


def kinds(session: Session, letter: Letter) -> list[str]:
    """The kinds of a letter's messages, in the order in which they were queued."""
    session.rollback()
    found = select(Message.kind).where(Message.letter_id == letter.id).order_by(Message.id)
    return list(session.scalars(found))


def rules_of(app: Flask) -> Rules:
    """The rules of a test's app."""
    return Rules.of(app.extensions["campaign_settings"])
