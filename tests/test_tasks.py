"""What runs in the background: the outbox drains, and each task of the clock has its turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app import clock, tasks
from campaign_app.campaigns.models import Campaign
from campaign_app.delivery.dispatch import Line
from campaign_app.delivery.models import Message, MessageState
from campaign_app.gateways.mailbox import MailboxMailer
from campaign_app.gateways.relays import Relays
from campaign_app.letters.models import Letter
from campaign_app.settings import Settings
from tests.factories import RULES, messages, send, target, unconfirmed

AT_ONCE = replace(RULES, letter_wait=timedelta(0))
SECOND = timedelta(seconds=1)


def render(kind: str, _lang: str, _facts: dict[str, Any]) -> str:
    return f"Subject of {kind}\n\nText of {kind}\n"


@pytest.fixture
def line(session: Session, settings: Settings) -> Line:
    return tasks.line(settings, render)


@pytest.fixture
def just_now() -> datetime:
    """A moment ago by the clock that workers read."""
    return clock.now() - SECOND


def mailed(settings: Settings) -> int:
    return len([one for one in settings.mailbox.rglob("*") if one.is_file()])


def test_without_a_mail_server_the_mailbox_takes_the_mail(settings: Settings) -> None:
    assert isinstance(tasks.mailer(settings), MailboxMailer)


def test_with_a_mail_server_it_takes_the_mail(settings: Settings) -> None:
    with_server = replace(settings, smtp_url="smtp://127.0.0.1:2525")

    assert isinstance(tasks.mailer(with_server), Relays)


def test_two_workers_never_share_a_name(settings: Settings) -> None:
    assert tasks.line(settings, render).owner != tasks.line(settings, render).owner


def test_a_released_letter_and_its_copy_leave(
    session: Session, settings: Settings, line: Line, just_now: datetime
) -> None:
    letter = send(session, just_now, rules=AT_ONCE).letter
    session.commit()
    clockwork = tasks.Clockwork(line)

    while clockwork.once():
        pass

    session.rollback()
    for kind in ("letter", "letter_copy"):
        assert messages(session, letter, kind)[0].state is MessageState.ACCEPTED
    assert mailed(settings) >= 2


def test_a_letter_whose_office_is_gone_fails_and_its_writer_is_told(
    session: Session, line: Line, just_now: datetime
) -> None:
    letter = send(session, just_now, rules=AT_ONCE).letter
    target(session).valid_to = just_now.date()
    session.commit()
    clockwork = tasks.Clockwork(line)

    while clockwork.once():
        pass

    session.rollback()
    assert messages(session, letter, "letter")[0].state is MessageState.FAILED
    assert messages(session, letter, "letter_failed")[0].state is MessageState.ACCEPTED


def test_nobody_is_told_of_failed_service_mail(
    session: Session, line: Line, just_now: datetime
) -> None:
    letter = unconfirmed(session, just_now)
    [asking] = messages(session, letter, "confirm_letter")

    line.on_failed(session, asking)

    assert messages(session, letter, "letter_failed") == []


@pytest.mark.parametrize("retried", [True, False])
def test_the_campaign_says_whether_a_letter_in_doubt_is_sent_again(
    session: Session, line: Line, just_now: datetime, retried: bool
) -> None:
    letter = send(session, just_now).letter
    session.get_one(Campaign, letter.campaign_id).retry_in_doubt = retried
    [own] = messages(session, letter, "letter")
    [copy] = messages(session, letter, "letter_copy")

    assert line.retry_in_doubt(own) is retried
    assert line.retry_in_doubt(copy)


def counted(calls: list[str], name: str) -> Callable[[Line], None]:
    def task(_line: Line) -> None:
        calls.append(name)

    task.__name__ = name
    return task


def test_a_task_runs_at_the_start_and_then_at_its_interval(line: Line) -> None:
    calls: list[str] = []
    clockwork = tasks.Clockwork(line, {counted(calls, "often"): timedelta(minutes=1)})

    clockwork.once()
    clockwork.once()
    clockwork.ran_at["often"] -= timedelta(minutes=1)
    clockwork.once()

    assert calls == ["often", "often"]


def test_a_task_that_fails_does_not_keep_the_mail_from_leaving(
    session: Session, line: Line, just_now: datetime
) -> None:
    def broken(_line: Line) -> None:
        raise LookupError("broken")

    send(session, just_now, rules=AT_ONCE)
    session.commit()
    clockwork = tasks.Clockwork(line, {broken: timedelta(hours=1)})
    with pytest.raises(LookupError):
        clockwork.once()

    while clockwork.once():
        pass

    session.rollback()
    states = set(session.scalars(select(Message.state)))
    assert states == {MessageState.ACCEPTED}


def test_a_message_of_a_dead_worker_is_taken_back(
    session: Session, line: Line, just_now: datetime
) -> None:
    letter = unconfirmed(session, just_now)
    [asking] = messages(session, letter, "confirm_letter")
    asking.state, asking.lease_owner = MessageState.SENDING, "a dead worker"
    asking.lease_until = asking.data_started_at = just_now
    session.commit()

    tasks.recover(line)

    session.rollback()
    assert asking.state is MessageState.DUE


def test_what_has_had_its_time_is_forgotten(
    session: Session, line: Line, just_now: datetime
) -> None:
    old = unconfirmed(session, just_now - timedelta(days=31), own_words="My words.")
    session.commit()

    tasks.forget_old(line)

    session.rollback()
    assert session.get_one(Letter, old.id).own_words is None
    assert session.get_one(Letter, old.id).erased_at is not None


def test_every_task_has_a_name_of_its_own() -> None:
    names = [task.__name__ for task in tasks.TASKS]

    assert len(set(names)) == len(names)
