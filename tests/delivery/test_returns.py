"""What comes back about a message, in any order and any number of times."""

from __future__ import annotations

import email
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email import policy

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from campaign_app import tasks
from campaign_app.actions import letter_returns
from campaign_app.actions.forget import erase
from campaign_app.actions.letter_returns import PATIENCE, REPLY_LIFE
from campaign_app.database import transaction
from campaign_app.delivery.dispatch import Line
from campaign_app.delivery.models import InboundReceipt, InboundReply, Message, MessageState
from campaign_app.delivery.retries import RETRY_DELAYS
from campaign_app.delivery.returns import News, Reply, Returned
from campaign_app.gateways import inbound
from campaign_app.letters.models import Letter
from campaign_app.settings import Settings
from campaign_app.supporters.addresses import read_address
from campaign_app.supporters.models import Channel
from campaign_app.supporters.suppression import suppressed
from tests.delivery.letters import drained, kinds, letter_of, real_line
from tests.delivery.lines import FakeMailer, Watch, fresh, history
from tests.gateways.returned_mails import RETURNED

ANSWER = Reply("Alex’s Office", "office@mp.example", "Re: letter", "I will ask the minister.")
Say = Callable[..., bool]


@pytest.fixture
def line(settings: Settings, app: Flask, mailer: FakeMailer, watch: Watch) -> Line:
    return real_line(settings, mailer, watch)


@pytest.fixture
def sent(session: Session, line: Line, now: datetime) -> tuple[Letter, Message]:
    letter, message = letter_of(session, now)
    drained(line)
    return letter, message


@pytest.fixture
def say(line: Line, watch: Watch) -> Say:
    """Bring news about a message; another key each time unless one is given."""
    said: list[News] = []

    def bring(
        message: Message, news: News, key: str = "", code: str = "", reply: Reply | None = None
    ) -> bool:
        said.append(news)
        returned = Returned(
            "mail", key or f"key-{len(said)}", news, public_id=message.public_id, code=code
        )
        with transaction() as session:
            return letter_returns.take(session, returned, tasks.desk(line), watch(), reply)

    return bring


def text_of(data: bytes) -> str:
    return str(email.message_from_bytes(data, policy=policy.default).get_content())


def test_a_bounce_is_told_to_the_writer_with_their_words(
    session: Session, line: Line, mailer: FakeMailer, sent: tuple[Letter, Message], say: Say
) -> None:
    letter, message = sent

    assert say(message, News.BOUNCED, code="5.1.1")

    assert fresh(session, message).state is MessageState.FAILED
    assert history(session, message)[-2:] == [
        (MessageState.BOUNCED, "bounced 5.1.1"),
        (MessageState.FAILED, "bounced 5.1.1"),
    ]
    drained(line)
    told = mailer.taken[-1]
    assert told.rcpt_to == letter.email
    assert "Please act." in text_of(told.data)
    assert "SW1A 0AA" in text_of(told.data)


def test_news_that_comes_twice_counts_once(
    session: Session, sent: tuple[Letter, Message], say: Say
) -> None:
    letter, message = sent

    assert say(message, News.BOUNCED, key="same")
    assert not say(message, News.BOUNCED, key="same")
    assert say(message, News.BOUNCED, key="other")

    assert kinds(session, letter) == ["letter", "letter_failed"]


def test_a_full_mailbox_is_tried_again_and_told_only_in_the_end(
    session: Session,
    line: Line,
    watch: Watch,
    sent: tuple[Letter, Message],
    say: Say,
) -> None:
    letter, message = sent

    for attempt in range(1, len(RETRY_DELAYS) + 1):
        say(message, News.FULL, code="5.1.1")
        found = fresh(session, message)
        assert (found.state, found.attempts) == (MessageState.DUE, attempt)
        assert kinds(session, letter) == ["letter"]
        watch.forward(timedelta(hours=48))
        assert drained(line) == 1

    say(message, News.FULL, code="5.1.1")
    assert fresh(session, message).state is MessageState.FAILED
    assert kinds(session, letter) == ["letter", "letter_failed"]


@pytest.mark.parametrize("order", ["delivered first", "bounced first"])
def test_a_bounce_counts_whichever_order_news_comes_in(
    session: Session, sent: tuple[Letter, Message], say: Say, order: str
) -> None:
    _, message = sent
    news = [News.DELIVERED, News.BOUNCED]

    for one in news if order == "delivered first" else reversed(news):
        say(message, one)

    assert fresh(session, message).state is MessageState.FAILED


def test_news_before_our_own_mark_waits_for_it(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, now: datetime, say: Say
) -> None:
    letter, message = letter_of(session, now)

    def bounce_at_once(_envelope: object) -> str:
        say(message, News.BOUNCED, code="5.1.1")
        return "250"

    mailer.steps = [bounce_at_once]
    drained(line)
    assert fresh(session, message).state is MessageState.ACCEPTED

    with transaction() as writing:
        assert letter_returns.take_waiting(writing, tasks.desk(line), watch()) == 0
    assert fresh(session, message).state is MessageState.FAILED
    assert kinds(session, letter) == ["letter", "letter_failed"]


def test_news_about_nothing_of_ours_waits_in_vain_and_is_let_go(
    session: Session, line: Line, watch: Watch, app: Flask
) -> None:
    stranger = Returned("mail", "k", News.BOUNCED, public_id="x" * 22)
    with transaction() as writing:
        assert letter_returns.take(writing, stranger, tasks.desk(line), watch())
        assert letter_returns.take_waiting(writing, tasks.desk(line), watch()) == 1
    watch.forward(PATIENCE)
    with transaction() as writing:
        assert letter_returns.take_waiting(writing, tasks.desk(line), watch()) == 0


@pytest.mark.parametrize("news", [News.AUTO_REPLY, News.DELAYED, News.UNCLEAR, News.FORGED])
def test_other_news_changes_nothing(
    session: Session, sent: tuple[Letter, Message], say: Say, news: News
) -> None:
    letter, message = sent

    say(message, news)

    assert fresh(session, message).state is MessageState.ACCEPTED
    assert kinds(session, letter) == ["letter"]
    assert session.scalars(select(InboundReceipt.taken_at)).one() is not None


def test_a_person_s_answer_is_forwarded_once(
    session: Session, line: Line, mailer: FakeMailer, sent: tuple[Letter, Message], say: Say
) -> None:
    letter, message = sent

    assert say(message, News.REPLY, key="same", reply=ANSWER)
    assert not say(message, News.REPLY, key="same", reply=ANSWER)
    drained(line)

    assert kinds(session, letter) == ["letter", "letter_reply"]
    forwarded = email.message_from_bytes(mailer.taken[-1].data, policy=policy.default)
    assert mailer.taken[-1].rcpt_to == letter.email
    assert forwarded["Reply-To"].addresses[0].addr_spec == "office@mp.example"
    assert forwarded["Auto-Submitted"] == "auto-generated"
    assert "I will ask the minister." in forwarded.get_content()


def test_an_answer_without_an_address_is_forwarded_all_the_same(
    session: Session, line: Line, mailer: FakeMailer, sent: tuple[Letter, Message], say: Say
) -> None:
    _, message = sent

    say(message, News.REPLY, reply=replace(ANSWER, from_address="nobody"))
    drained(line)

    assert b"Reply-To" not in mailer.taken[-1].data


def test_an_answer_is_forgotten_when_it_was_forwarded(
    session: Session, line: Line, watch: Watch, sent: tuple[Letter, Message], say: Say
) -> None:
    _, message = sent
    say(message, News.REPLY, reply=ANSWER)
    raw = session.execute(text("SELECT content FROM inbound_reply")).scalar_one()
    assert b"minister" not in bytes(raw)
    session.rollback()

    drained(line)
    with transaction() as writing:
        assert letter_returns.forget_replies(writing, watch()) == 1

    assert session.scalar(select(func.count()).select_from(InboundReply)) == 0


def test_an_answer_never_outlives_its_letter_s_erasure_or_its_week(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, now: datetime, say: Say
) -> None:
    (erased, first), (_, second) = letter_of(session, now), letter_of(session, now)
    drained(line)
    say(first, News.REPLY, reply=ANSWER)
    say(second, News.REPLY, reply=ANSWER)
    with transaction() as writing:
        erase(writing.get_one(Letter, erased.id), now)
    before = len(mailer.taken)

    with transaction() as writing:
        assert letter_returns.forget_replies(writing, watch()) == 1
    assert drained(line) == 2
    assert len(mailer.taken) == before + 1
    watch.forward(REPLY_LIFE)
    with transaction() as writing:
        letter_returns.forget_replies(writing, watch())
    assert session.scalar(select(func.count()).select_from(InboundReply)) == 0


def test_a_complaint_of_a_supporter_stops_news_to_them(
    session: Session, line: Line, sent: tuple[Letter, Message], say: Say
) -> None:
    letter, message = sent
    say(message, News.BOUNCED)
    drained(line)
    service = session.scalars(select(Message).where(Message.kind == "letter_failed")).one()
    canonical = read_address(letter.email or "").canonical
    session.rollback()

    say(message, News.COMPLAINT)
    assert not suppressed(session, canonical, Channel.EMAIL)
    say(service, News.COMPLAINT)

    session.rollback()
    assert suppressed(session, canonical, Channel.EMAIL)


def test_every_returned_mail_goes_through_the_whole_door(
    session: Session, line: Line, mailer: FakeMailer, watch: Watch, now: datetime
) -> None:
    for _, news, _, write in RETURNED:
        _, message = letter_of(session, now)
        drained(line)
        arrived = inbound.read(write(mailer.taken[-1].mail_from))
        assert arrived.returned.public_id == message.public_id
        with transaction() as writing:
            letter_returns.take(writing, arrived.returned, tasks.desk(line), watch(), arrived.reply)
        state = fresh(session, message).state
        expected = {
            News.BOUNCED: MessageState.FAILED,
            News.FULL: MessageState.DUE,
            News.DELIVERED: MessageState.DELIVERED,
        }.get(news, MessageState.ACCEPTED)
        assert state is expected
        watch.forward(timedelta(seconds=1))
        session.rollback()
        drained(line)
