"""Letters that have not left when their office changes hands, and whom we ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions.holder_changed import (
    HOLDER_CHANGED,
    Settled,
    new_holder,
    send_to_new_holder,
    settle_letters,
)
from campaign_app.actions.rules import Rules
from campaign_app.campaigns.models import Campaign, ConfirmPolicy, Kind, State
from campaign_app.delivery import outbox
from campaign_app.delivery.models import Message, MessageEvent, MessageState, Stream
from campaign_app.delivery.states import TRANSITIONS, Lease, move
from campaign_app.errors import WrongState
from campaign_app.letters.merge import LetterText, Paragraph, Part
from campaign_app.letters.models import Letter, LetterState
from campaign_app.settings import Settings
from campaign_app.targets.choices import opt_in, opt_out
from campaign_app.targets.dissolution import dissolve, restore
from campaign_app.targets.models import Target
from campaign_app.vault.tokens import random_id
from tests.targets.holders import (
    LATER,
    SEAT,
    add_seats,
    holder,
    now_at,
    said,
    vacant,
    without_email,
)

Write = Callable[..., Message]


TEXT = LetterText("Care [TST]", (Paragraph(Part.SALUTATION, "Dear Bela,"),))
DUE_CAN_BE_HELD = MessageState.HELD in TRANSITIONS[MessageState.DUE]


def a_letter(campaign: Campaign, target: Target, state: LetterState, now: datetime) -> Letter:
    return Letter(
        public_id=random_id(),
        subject_id=random_id(),
        campaign_id=campaign.id,
        lang="en",
        state=state,
        first_name="Dara",
        last_name="Example",
        person_key=random_id().encode()[:16],
        created_at=now,
        target_id=target.id,
        target_name=target.name,
        seed=bytes(16),
        subject="Care [TST]",
        asks=[],
        alike_percent=100,
        story_consented=False,
        body=f"Dear {target.salutation},",
    )


def reasons(session: Session, message: Message) -> list[str]:
    events = select(MessageEvent).where(MessageEvent.message_id == message.id)
    return [event.reason for event in session.scalars(events.order_by(MessageEvent.id))]


def questions(session: Session) -> list[Message]:
    asked = select(Message).where(Message.kind == HOLDER_CHANGED)
    return list(session.scalars(asked.order_by(Message.id)))


@pytest.fixture
def rules(settings: Settings) -> Rules:
    return Rules.of(settings)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    add_seats(session, SEAT)
    said(session, holder())
    campaign = Campaign(
        slug="a-campaign",
        kind=Kind.EMAIL_TARGET,
        state=State.OPEN,
        reference="TST",
        target_kind="mp",
        confirm_policy=ConfirmPolicy.ALWAYS,
        opens_at=now,
        created_at=now,
    )
    session.add(campaign)
    session.flush()
    return campaign


@pytest.fixture
def write(session: Session, campaign: Campaign, rules: Rules, now: datetime) -> Write:
    """Write a letter to the present holder, whose message is in some state."""

    def written(
        state: MessageState = MessageState.WAITING, letter: LetterState = LetterState.RELEASED
    ) -> Message:
        row = a_letter(campaign, now_at(session), letter, now)
        session.add(row)
        session.flush()
        return outbox.queue(
            session,
            kind="letter",
            stream=Stream.LETTERS,
            state=state,
            due_at=now + timedelta(minutes=30),
            now=now,
            mail_domain=rules.mail_domain,
            letter_id=row.id,
            campaign_id=campaign.id,
            target_id=row.target_id,
        )

    return written


def test_a_letter_to_who_sits_is_left_alone(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write()

    assert settle_letters(session, rules, now) == Settled()
    assert message.state is MessageState.WAITING


def test_a_letter_to_who_left_is_held_and_its_writer_asked_once(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write()
    said(session, holder("Bela Example MP"), today=LATER)

    assert settle_letters(session, rules, now) == Settled(held=1, asked=1)
    assert settle_letters(session, rules, now) == Settled()

    assert message.state is MessageState.HELD
    assert reasons(session, message)[-1] == "holder changed"
    (question,) = questions(session)
    assert (question.stream, question.state) == (Stream.SERVICE, MessageState.DUE)
    assert (question.letter_id, question.target_id) == (message.letter_id, message.target_id)
    letter = session.get_one(Letter, message.letter_id)
    assert letter.target_name == "Alex Example MP"
    found = new_holder(session, letter)
    assert found is not None
    assert found.name == "Bela Example MP"


def test_a_letter_to_a_seat_that_fell_vacant_is_held_too(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write()
    said(session, vacant())

    assert settle_letters(session, rules, now) == Settled(held=1, asked=1)
    assert new_holder(session, session.get_one(Letter, message.letter_id)) is None


@pytest.mark.skipif(not DUE_CAN_BE_HELD, reason="delivery/states.py has no way from due to held")
def test_a_letter_that_waits_for_another_try_is_held_too(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write(MessageState.DUE)
    said(session, holder("Bela Example MP"))

    assert settle_letters(session, rules, now) == Settled(held=1, asked=1)
    assert message.state is MessageState.HELD


def test_what_is_on_its_way_or_was_sent_is_left_alone(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write(MessageState.DUE)
    move(session, message, MessageState.SENDING, reason="t", now=now, lease=Lease("t", now))
    said(session, holder("Bela Example MP"))

    assert settle_letters(session, rules, now) == Settled()


def test_a_letter_that_nobody_confirmed_is_looked_at_when_it_is(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write(MessageState.HELD, LetterState.UNCONFIRMED)
    said(session, holder("Bela Example MP"))
    assert settle_letters(session, rules, now) == Settled()

    letter = session.get_one(Letter, message.letter_id)
    letter.state = LetterState.RELEASED
    outbox.release(session, message, now + timedelta(minutes=30), now)

    assert settle_letters(session, rules, now, letter=letter) == Settled(held=1, asked=1)


def test_only_the_letter_that_was_named_is_looked_at(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    first, second = write(), write()
    said(session, holder("Bela Example MP"))

    letter = session.get_one(Letter, second.letter_id)
    settle_letters(session, rules, now, letter=letter)

    assert (first.state, second.state) == (MessageState.WAITING, MessageState.HELD)


def test_a_dissolution_holds_letters_and_its_end_lets_them_go(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write()

    dissolve(session, LATER)
    assert settle_letters(session, rules, now) == Settled(held=1)
    assert reasons(session, message)[-1] == "Parliament is dissolved"

    restore(session, LATER)
    assert settle_letters(session, rules, now) == Settled(let_go=1)
    assert message.state is MessageState.DUE
    assert questions(session) == []


def test_after_an_election_the_writer_is_asked_instead(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write()
    dissolve(session, LATER)
    settle_letters(session, rules, now)

    said(session, holder("Bela Example MP"), today=LATER)
    assert settle_letters(session, rules, now) == Settled(asked=1)
    restore(session, LATER)

    assert settle_letters(session, rules, now) == Settled()
    assert reasons(session, message)[-1] == "holder changed"


def test_an_address_that_goes_holds_letters_until_it_is_back(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write()

    said(session, without_email())
    assert settle_letters(session, rules, now) == Settled(held=1)
    assert reasons(session, message)[-1] == "the office cannot be written to"

    said(session, holder())
    assert settle_letters(session, rules, now) == Settled(let_go=1)


def test_an_office_that_opts_out_gets_no_more_letters(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    write()

    opt_out(session, now_at(session), LATER)
    assert settle_letters(session, rules, now) == Settled(held=1)

    opt_in(session, now_at(session), LATER)
    assert settle_letters(session, rules, now) == Settled(let_go=1)


def test_the_writer_may_send_it_to_the_new_holder(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write()
    said(session, holder("Bela Example MP"))
    settle_letters(session, rules, now)
    letter = session.get_one(Letter, message.letter_id)

    send_to_new_holder(session, letter, now_at(session), TEXT, rules=rules, now=now)

    assert (letter.target_name, letter.body) == ("Bela Example MP", "Dear Bela,")
    assert message.target_id == letter.target_id == now_at(session).id
    assert message.state is MessageState.WAITING
    assert settle_letters(session, rules, now) == Settled()
    assert len(outbox.of_letter(session, letter.id, kind="letter_copy")) == 1


def test_a_second_change_asks_a_second_time(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write()
    said(session, holder("Bela Example MP"))
    settle_letters(session, rules, now)
    letter = session.get_one(Letter, message.letter_id)
    send_to_new_holder(session, letter, now_at(session), TEXT, rules=rules, now=now)

    said(session, holder("Casey Example MP"))

    assert settle_letters(session, rules, now) == Settled(held=1, asked=1)
    assert len(questions(session)) == 2


def test_it_cannot_be_sent_to_an_office_that_cannot_be_written_to(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write()
    said(session, vacant())
    settle_letters(session, rules, now)
    letter = session.get_one(Letter, message.letter_id)

    with pytest.raises(WrongState, match="cannot be written to"):
        send_to_new_holder(session, letter, now_at(session), TEXT, rules=rules, now=now)


def test_it_cannot_be_sent_again_once_it_is_no_longer_held(
    session: Session, write: Write, rules: Rules, now: datetime
) -> None:
    message = write()
    letter = session.get_one(Letter, message.letter_id)

    with pytest.raises(WrongState, match="not waiting"):
        send_to_new_holder(session, letter, now_at(session), TEXT, rules=rules, now=now)
