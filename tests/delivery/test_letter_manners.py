"""When letters leave, when the last arrives, and how staff stop them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions import letter_manners
from campaign_app.actions.letter_manners import USUAL_CAP, Manners
from campaign_app.actions.rules import Rules
from campaign_app.cli import mail as mail_commands
from campaign_app.database import transaction
from campaign_app.delivery.dispatch import Line
from campaign_app.delivery.manners import OfficeHours
from campaign_app.delivery.models import Message, MessageState, QueuePause
from campaign_app.settings import Mode, Settings
from campaign_app.targets.models import Target
from tests.delivery.letters import (
    campaign_of,
    drained,
    kinds,
    letter_of,
    real_line,
    rules_of,
    target_of,
)
from tests.delivery.lines import FakeMailer, Watch, fresh

HOUR = timedelta(hours=1)
SLOW = Manners(cap=4)


@pytest.fixture
def line(settings: Settings, app: Flask, mailer: FakeMailer, watch: Watch) -> Line:
    return real_line(settings, mailer, watch)


def test_production_is_polite_and_a_demonstration_waits_for_nobody(settings: Settings) -> None:
    production = Manners.of(Rules.of(replace(settings, mode=Mode.PRODUCTION)))

    assert production.cap == USUAL_CAP
    assert production.hours is not None
    assert Manners.of(Rules.of(replace(settings, mode=Mode.DEMO))) == Manners()


def test_what_an_office_agreed_comes_before_the_usual(session: Session) -> None:
    target = target_of(session, hourly_cap=2, office_hours={"mon": "10:00-11:00"})

    manners = Manners(20, None).of_target(session, target.id)

    assert manners.hourly_cap == 2
    assert manners.hours == OfficeHours.read({"mon": "10:00-11:00"})
    assert not manners.paused


def test_a_letter_leaves_when_its_writer_was_told(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, now: datetime
) -> None:
    target = target_of(session)
    told: list[datetime] = []
    for _ in range(3):
        letter, message = letter_of(session, now, target, state=MessageState.WAITING)
        at = letter_manners.leaves_at(session, letter, SLOW, now + HOUR)
        message.due_at = at if told else now + HOUR
        told.append(message.due_at)
        session.commit()
    mine = replace(line, manners_of=SLOW.of_target)

    left = []
    for _ in range(120):
        left += [watch()] * drained(mine)
        watch.forward(timedelta(minutes=1))

    assert left == told
    assert told == [now + HOUR + timedelta(minutes=15 * n) for n in range(3)]


def test_staff_see_when_the_last_letter_arrives_and_what_would_be_enough(
    session: Session, now: datetime
) -> None:
    few, many = target_of(session, name="Few"), target_of(session, name="Many")
    for target, number in ((few, 1), (many, 9)):
        for _ in range(number):
            letter_of(session, now, target)
    campaign = campaign_of(session, now)
    campaign.must_arrive_by = now + HOUR
    session.commit()

    late, early = letter_manners.forecast(session, campaign, SLOW, now)

    assert (late.target, late.waiting, late.last_at) == ("Many", 9, now + 2 * HOUR)
    assert (late.in_time, late.cap_needed) == (False, 9)
    assert (early.target, early.in_time, early.cap_needed) == ("Few", True, None)
    campaign.must_arrive_by = None
    assert letter_manners.forecast(session, campaign, SLOW, now)[0].in_time is None


def test_office_hours_push_the_last_letter_back(session: Session, now: datetime) -> None:
    target = target_of(session, office_hours={"fri": "09:00-10:00"})
    for _ in range(5):
        letter_of(session, now, target)

    [found] = letter_manners.forecast(session, campaign_of(session, now), SLOW, now)

    assert found.last_at == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def test_cancelled_letters_do_not_leave_and_their_writers_hear_of_it(
    app: Flask, session: Session, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    target, other = target_of(session), target_of(session)
    stopped, own = letter_of(session, now, target)
    held, held_message = letter_of(session, now, target, state=MessageState.HELD)
    elsewhere, _ = letter_of(session, now, other)

    with transaction() as writing:
        row = writing.get_one(Target, target.id)
        assert letter_manners.cancel_letters(writing, row, rules_of(app), now) == 2
    drained(line)

    assert fresh(session, own).state is MessageState.CANCELLED
    assert fresh(session, held_message).state is MessageState.CANCELLED
    assert sorted(one.rcpt_to for one in mailer.taken) == sorted(
        [stopped.email or "", "office@mp.example"]
    )
    assert kinds(session, held) == ["letter"]
    assert kinds(session, elsewhere) == ["letter"]


@pytest.fixture
def command(app: Flask, runner: FlaskCliRunner) -> FlaskCliRunner:
    if "mail" not in app.cli.commands:
        app.cli.add_command(mail_commands.mail)
    return runner


def paused_at(session: Session, target: Target) -> datetime | None:
    session.refresh(target)
    return target.paused_at


@pytest.mark.parametrize("what", ["all", "letters", "campaign:7"])
def test_the_queue_is_paused_from_the_command_line(
    session: Session, command: FlaskCliRunner, what: str
) -> None:
    result = command.invoke(args=["mail", "pause", what, "--reason", "storm"])
    assert result.exit_code == 0, result.output
    session.rollback()
    assert session.get_one(QueuePause, what).reason == "storm"

    assert command.invoke(args=["mail", "resume", what]).exit_code == 0
    session.rollback()
    assert session.scalars(select(QueuePause)).all() == []


def test_a_target_is_paused_and_cancelled_from_the_command_line(
    session: Session, command: FlaskCliRunner, now: datetime
) -> None:
    target = target_of(session)
    _, message = letter_of(session, now, target)

    assert command.invoke(args=["mail", "pause", f"target:{target.id}"]).exit_code == 0
    assert paused_at(session, target) is not None
    assert command.invoke(args=["mail", "resume", f"target:{target.id}"]).exit_code == 0
    assert paused_at(session, target) is None

    result = command.invoke(args=["mail", "cancel", str(target.id), "--yes"])
    assert "1 letters are stopped" in result.output
    assert fresh(session, message).state is MessageState.CANCELLED


@pytest.mark.parametrize(
    "args", [["pause", "moon"], ["pause", "target:0"], ["cancel", "0", "--yes"]]
)
def test_what_is_not_there_cannot_be_paused(command: FlaskCliRunner, args: list[str]) -> None:
    assert command.invoke(args=["mail", *args]).exit_code == 1


def test_a_mail_is_taken_in_from_a_pipe(
    session: Session, command: FlaskCliRunner, line: Line, mailer: FakeMailer, now: datetime
) -> None:
    from tests.gateways.returned_mails import RETURNED  # noqa: PLC0415 - only here.

    _, message = letter_of(session, now)
    drained(line)

    raw = RETURNED[0][3](mailer.taken[-1].mail_from)
    result = command.invoke(args=["mail", "take-in"], input=raw)

    assert result.exit_code == 0, result.output
    assert fresh(session, message).state is MessageState.FAILED


def test_figures_are_printed(session: Session, command: FlaskCliRunner, now: datetime) -> None:
    letter_of(session, now)

    shown = command.invoke(args=["mail", "figures"]).output

    assert 'campaign_messages{stream="letters",state="due"} 1' in shown
    assert session.scalars(select(Message)).one().state is MessageState.DUE
