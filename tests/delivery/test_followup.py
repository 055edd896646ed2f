"""Three weeks later: the question to the writer, the answer, and the reminder to the office."""

from __future__ import annotations

import email
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from campaign_app.actions import letter_followup, letter_messages
from campaign_app.actions.forget import erase
from campaign_app.actions.letter_followup import ASK_AFTER, ASK_UNTIL
from campaign_app.database import transaction
from campaign_app.delivery.dispatch import Line
from campaign_app.delivery.models import FollowUp, MessageState, OfficeReply
from campaign_app.errors import WrongState
from campaign_app.letters.models import Letter, LetterState
from campaign_app.settings import Settings
from tests.delivery.letters import drained, kinds, letter_of, real_line
from tests.delivery.lines import FakeMailer, Watch

DAY = timedelta(days=1)


@pytest.fixture
def line(settings: Settings, app: Flask, mailer: FakeMailer, watch: Watch) -> Line:
    return real_line(settings, mailer, watch)


@pytest.fixture
def sent(session: Session, line: Line, now: datetime) -> Letter:
    letter, _ = letter_of(session, now, follow_up_agreed=True)
    drained(line)
    return letter


def asked(line: Line, at: datetime) -> int:
    with transaction() as session:
        return letter_followup.ask(session, line.mail_domain, at)


def newest(mailer: FakeMailer) -> EmailMessage:
    return email.message_from_bytes(mailer.taken[-1].data, policy=policy.default)


def test_a_writer_is_asked_once_and_within_three_weeks(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, sent: Letter, now: datetime
) -> None:
    assert asked(line, now + ASK_AFTER - DAY) == 0
    assert asked(line, now + ASK_AFTER) == 1
    assert asked(line, now + ASK_AFTER + DAY) == 0
    assert timedelta() < ASK_AFTER < ASK_UNTIL <= timedelta(weeks=3)

    watch.moment = now + ASK_AFTER
    drained(line)

    mail = newest(mailer)
    assert mailer.taken[-1].rcpt_to == sent.email
    assert "/your-letter/" in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("why_not", ["not agreed", "too late", "bounced", "taken back", "erased"])
def test_nobody_else_is_asked(
    session: Session, line: Line, sent: Letter, now: datetime, why_not: str
) -> None:
    with transaction() as writing:
        letter = writing.get_one(Letter, sent.id)
        letter.follow_up_agreed = why_not != "not agreed"
        if why_not == "taken back":
            letter.state = LetterState.TAKEN_BACK
        elif why_not == "erased":
            erase(letter, now)
        elif why_not == "bounced":
            own = letter_messages.own_message(writing, letter)
            own.state, own.ended_at = MessageState.FAILED, now

    assert asked(line, now + (ASK_UNTIL if why_not == "too late" else ASK_AFTER)) == 0


@pytest.mark.parametrize("said", list(OfficeReply))
def test_an_answer_is_kept_and_a_reminder_offered_where_one_helps(
    session: Session, line: Line, sent: Letter, now: datetime, said: OfficeReply
) -> None:
    asked(line, now + ASK_AFTER)

    with transaction() as writing:
        letter = writing.get_one(Letter, sent.id)
        letter_followup.answer(writing, letter, OfficeReply.REFUSED, now)
        letter_followup.answer(writing, letter, said, now)
        offered = letter_followup.may_chase(writing, letter)

    assert session.get_one(FollowUp, sent.id).answer is said
    assert offered is (said in {OfficeReply.NOT_YET, OfficeReply.NOT_TO_THE_POINT})


def test_one_reminder_goes_to_the_office_in_the_writer_s_name(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, sent: Letter, now: datetime
) -> None:
    asked(line, now + ASK_AFTER)
    watch.moment = now + ASK_UNTIL
    with transaction() as writing:
        letter = writing.get_one(Letter, sent.id)
        letter_followup.answer(writing, letter, OfficeReply.NOT_YET, watch())
        letter_followup.chase(writing, letter, line.mail_domain, watch())
        with pytest.raises(WrongState):
            letter_followup.chase(writing, letter, line.mail_domain, watch())
    drained(line)

    chaser = [one for one in mailer.taken if b"reminder" in one.data]
    assert [one.rcpt_to for one in chaser] == ["office@mp.example"]
    mail = email.message_from_bytes(chaser[0].data, policy=policy.default)
    assert mail["Reply-To"].addresses[0].addr_spec == sent.email
    assert "List-Unsubscribe" not in mail
    assert "Auto-Submitted" not in mail
    assert kinds(session, sent) == ["letter", "letter_question", "letter_chaser"]


def test_nobody_answers_who_was_not_asked(session: Session, sent: Letter, now: datetime) -> None:
    with pytest.raises(WrongState), transaction() as writing:
        letter_followup.answer(writing, writing.get_one(Letter, sent.id), OfficeReply.YES, now)
