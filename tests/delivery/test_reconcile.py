"""Acts are counted against their messages; figures hold nothing personal."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from campaign_app.actions.letter_reconcile import orphans
from campaign_app.delivery.figures import figures
from campaign_app.delivery.models import (
    InboundReceipt,
    Message,
    MessageEvent,
    MessageState,
    RelayHealth,
)
from campaign_app.letters.models import LetterState
from tests.delivery.letters import letter_of
from tests.delivery.lines import queued

HOUR = timedelta(hours=1)
LINE = re.compile(r"(# (HELP|TYPE) campaign_\w+ .+|campaign_\w+(\{[^}]*\})? [0-9.]+)")


def found(session: Session, now: datetime) -> set[str]:
    return {one.what for one in orphans(session, now)}


@pytest.fixture
def whole(session: Session, now: datetime) -> tuple[int, int]:
    """A letter with its message and its copy; nothing is wrong."""
    letter, message = letter_of(session, now)
    queued(session, now, letter_id=letter.id).kind = "letter_copy"
    session.commit()
    return letter.id, message.id


def test_what_agrees_is_not_listed(session: Session, now: datetime, whole: tuple[int, int]) -> None:
    assert orphans(session, now) == []


def test_a_letter_without_its_message_is_listed(
    session: Session, now: datetime, whole: tuple[int, int]
) -> None:
    session.execute(delete(Message).where(Message.id == whole[1]))

    assert found(session, now) == {"a letter without its message"}


def test_a_released_letter_without_a_copy_is_listed(session: Session, now: datetime) -> None:
    letter, _ = letter_of(session, now)

    [one] = orphans(session, now)
    assert str(one) == f"a released letter without a copy to its writer ({letter.public_id})"


def test_a_released_letter_that_is_held_is_listed(
    session: Session, now: datetime, whole: tuple[int, int]
) -> None:
    session.get_one(Message, whole[1]).state = MessageState.HELD
    session.flush()

    assert found(session, now) == {"a released letter that is still held"}


def test_a_stopped_letter_that_may_still_leave_is_listed(session: Session, now: datetime) -> None:
    letter_of(session, now, state=MessageState.DUE)[0].state = LetterState.TAKEN_BACK
    session.flush()

    assert found(session, now) == {"a message of a stopped letter that may still leave"}


def test_what_nobody_sends_is_listed(session: Session, now: datetime) -> None:
    queued(session, now)

    assert found(session, now + HOUR) == set()
    assert found(session, now + 2 * HOUR) == {"a service message that is due for an hour"}


def test_figures_are_what_prometheus_reads(session: Session, now: datetime) -> None:
    letter_of(session, now - HOUR)
    queued(session, now)
    session.add(RelayHealth(relay="mx:25", failures=3, open_until=now + HOUR))
    accepted = queued(session, now)
    accepted.state, accepted.accepted_at = MessageState.ACCEPTED, now
    for number, verdict in enumerate(("bounced 5.1.1", "complaint", "auto-reply")):
        session.add(
            InboundReceipt(provider="mail", event_key=str(number), received_at=now, verdict=verdict)
        )
    session.flush()

    text = figures(session, now)

    assert all(LINE.fullmatch(line) for line in text.splitlines())
    assert 'campaign_messages{stream="service",state="accepted"} 1' in text
    assert 'campaign_oldest_due_seconds{stream="letters"} 3600' in text
    assert "campaign_bounce_rate 1.00000" in text
    assert "campaign_complaint_rate 1.00000" in text
    assert 'campaign_relay_open{relay="mx:25"} 1' in text
    assert "@" not in text


def test_no_history_and_no_message_holds_an_address_or_a_token(
    session: Session, now: datetime, whole: tuple[int, int]
) -> None:
    columns = [*Message.__table__.columns, *MessageEvent.__table__.columns]
    kept = {column.name for column in columns if str(column.type).startswith(("VARCHAR", "TEXT"))}

    assert not {name for name in kept if re.search("token|email|address|body|words", name)}
