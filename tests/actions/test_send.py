"""Send: one commit writes the letter, its consents and its messages; nothing leaves in here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions import doubt, email_target
from campaign_app.actions.own_words import WordsNotAgreed
from campaign_app.campaigns.models import Campaign, ConfirmPolicy, State
from campaign_app.delivery.models import MessageState
from campaign_app.errors import TooMany, WrongState
from campaign_app.letters.models import Letter, LetterState
from campaign_app.supporters.models import ConsentEvent, ConsentKind, Permission, Supporter
from tests.factories import (
    NETWORK,
    RULES,
    draft,
    messages,
    news,
    objection,
    occasion,
    send,
    sender,
    story,
)
from tests.together import two_at_once

NO_LIMITS = replace(RULES, limits=False)


def reason(session: Session, now: datetime, **how: object) -> str | None:
    return send(session, now, **how).letter.held_reason  # type: ignore[arg-type]


def crowd(session: Session, now: datetime, count: int, network: bytes = NETWORK) -> None:
    """Many letters that came from one network just now."""
    first = send(session, now, who=sender("first@gmail.com")).letter
    first.network_key = network
    columns = {
        column.name: getattr(first, column.name)
        for column in Letter.__table__.columns
        if column.name != "id"
    }
    own = ("public_id", "form_id", "person_key", "email_key")
    for number in range(count - 1):
        fresh = {name: str(number) for name in own[:2]} | dict.fromkeys(own[2:], None)
        session.add(Letter(**columns | fresh))
    session.flush()


def test_without_doubt_a_letter_is_released_and_waits_its_time(
    session: Session, now: datetime
) -> None:
    letter = send(session, now).letter

    [own] = messages(session, letter, "letter")
    assert letter.state is LetterState.RELEASED
    assert own.state is MessageState.WAITING
    assert own.due_at == now + timedelta(minutes=30)
    assert [copy.state for copy in messages(session, letter, "letter_copy")] == [MessageState.DUE]
    assert messages(session, letter, "confirm_letter") == []


def test_in_doubt_a_letter_is_held_and_its_writer_asked(session: Session, now: datetime) -> None:
    letter = send(session, now, who=sender("ann@unknown.example")).letter

    [own] = messages(session, letter, "letter")
    [reminder] = messages(session, letter, "confirm_reminder")
    assert letter.state is LetterState.UNCONFIRMED
    assert own.state is MessageState.HELD
    assert [one.state for one in messages(session, letter, "confirm_letter")] == [MessageState.DUE]
    assert (reminder.state, reminder.due_at) == (MessageState.WAITING, now + timedelta(hours=24))
    assert messages(session, letter, "letter_copy") == []


def test_a_campaign_that_always_asks_asks_without_doubt(session: Session, now: datetime) -> None:
    letter = send(session, now, policy=ConfirmPolicy.ALWAYS).letter

    assert letter.state is LetterState.UNCONFIRMED
    assert letter.held_reason is None


def test_a_campaign_that_never_asks_does_not_even_doubt(session: Session, now: datetime) -> None:
    who = sender("ann@mailinator.com")

    letter = send(session, now, who=who, policy=ConfirmPolicy.OFF).letter

    assert letter.state is LetterState.RELEASED
    assert letter.held_reason is None


@pytest.mark.parametrize(
    ("email", "held"),
    [("a@mailinator.com", "throwaway_domain"), ("a@own.example", "unknown_domain")],
)
def test_a_mail_domain_can_be_in_doubt(
    session: Session, now: datetime, email: str, held: str
) -> None:
    assert reason(session, now, who=sender(email)) == held


@pytest.mark.parametrize("words", ["I live at M20 4BX.", "My mum, m204bx, was ill."])
def test_a_second_postcode_in_the_words_is_in_doubt(
    session: Session, now: datetime, words: str
) -> None:
    assert reason(session, now, own_words=words) == "second_postcode"


def test_a_second_postcode_in_the_address_is_in_doubt(session: Session, now: datetime) -> None:
    who = sender(house_lines=("1 Example Street", "Leeds LS1 4AP"))

    assert reason(session, now, who=who) == "second_postcode"


@pytest.mark.parametrize("words", ["I live at SE1 2DL.", "It was T2 3cm when found.", "At 50 2nd"])
def test_one_s_own_postcode_and_a_tumour_s_size_are_not(
    session: Session, now: datetime, words: str
) -> None:
    assert reason(session, now, own_words=words) is None


def test_a_machine_s_speed_is_in_doubt(session: Session, now: datetime) -> None:
    how = occasion(session, now, page_age=timedelta(seconds=1))

    assert reason(session, now, how=how) == "machine_speed"


def test_a_page_of_unknown_age_is_not(session: Session, now: datetime) -> None:
    assert reason(session, now, how=occasion(session, now, page_age=None)) is None


def test_a_burst_from_one_network_is_in_doubt(session: Session, now: datetime) -> None:
    crowd(session, now, doubt.BURST)

    assert reason(session, now) == "burst"


def test_another_network_or_a_later_hour_is_not(session: Session, now: datetime) -> None:
    crowd(session, now, doubt.BURST)
    elsewhere = occasion(session, now, network=b"another network!")

    assert reason(session, now, how=elsewhere) is None
    assert reason(session, now + doubt.BURST_WINDOW, who=sender("bob@gmail.com")) is None


def test_two_people_at_one_address_both_send(session: Session, now: datetime) -> None:
    ann = send(session, now, who=sender("home@gmail.com", first_name="Ann")).letter
    bob = send(session, now, who=sender("home@gmail.com", first_name="Bob")).letter

    assert [ann.state, bob.state] == [LetterState.RELEASED, LetterState.RELEASED]


def test_a_third_name_at_one_address_is_in_doubt(session: Session, now: datetime) -> None:
    for name in ("Ann", "Bob"):
        send(session, now, who=sender("home@gmail.com", first_name=name))

    third = sender("home@gmail.com", first_name="Cat")

    assert reason(session, now, who=third) == "crowded_address"


def test_a_second_letter_of_one_person_is_in_doubt(session: Session, now: datetime) -> None:
    send(session, now)

    again = send(session, now + timedelta(days=2)).letter

    assert again.held_reason == "second_letter"
    assert again.state is LetterState.UNCONFIRMED


def test_a_second_letter_is_a_duplicate_where_nobody_is_asked(
    session: Session, now: datetime
) -> None:
    send(session, now, policy=ConfirmPolicy.OFF)

    again = send(session, now, policy=ConfirmPolicy.OFF).letter

    [own] = messages(session, again, "letter")
    assert again.state is LetterState.DUPLICATE
    assert own.state is MessageState.CANCELLED


def test_the_same_person_may_write_in_another_campaign(session: Session, now: datetime) -> None:
    send(session, now)

    assert send(session, now, slug="another").letter.state is LetterState.RELEASED


def test_a_replayed_form_leads_to_the_letter_that_it_made(session: Session, now: datetime) -> None:
    how = occasion(session, now)
    first = send(session, now, how=how)

    again = send(session, now, how=how, own_words="Other words.")

    assert not first.again
    assert again.again
    assert again.letter is first.letter
    assert len(messages(session, first.letter, "letter")) == 1


def test_one_form_sent_twice_at_once_makes_one_letter(
    app: Flask, session: Session, now: datetime
) -> None:
    how = occasion(session, now)
    draft(session, now)
    session.commit()

    def press(other: Session) -> tuple[int, bool]:
        sent = send(other, now, how=how)
        return sent.letter.id, sent.again

    with two_at_once(app, press) as (first, others):
        letter, again = press(first)

    assert not again
    assert others == [(letter, True)]


def test_two_letters_of_one_person_at_once_are_one_and_a_duplicate(
    app: Flask, session: Session, now: datetime
) -> None:
    draft(session, now)
    session.commit()

    def press(other: Session) -> LetterState:
        return send(other, now, policy=ConfirmPolicy.OFF).letter.state

    with two_at_once(app, press) as (first, others):
        mine = press(first)

    assert [mine, *others] == [LetterState.RELEASED, LetterState.DUPLICATE]


def test_consents_are_recorded_unproven_and_give_nothing(session: Session, now: datetime) -> None:
    choices = [news(session, now), objection(session, now)]

    letter = send(session, now, own_words="My words.", choices=choices).letter

    events = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id)).all()
    assert [event.kind for event in events] == [
        ConsentKind.GIVEN,
        ConsentKind.REFUSED,
        ConsentKind.GIVEN,
    ]
    assert {event.subject_id for event in events} == {letter.subject_id}
    assert not any(event.proven for event in events)
    assert session.scalars(select(Permission)).all() == []


def test_nobody_is_a_supporter_before_proof(session: Session, now: datetime) -> None:
    letter = send(session, now, choices=[news(session, now)]).letter

    assert letter.state is LetterState.RELEASED
    assert letter.supporter_id is None
    assert session.scalars(select(Supporter)).all() == []


def test_own_words_without_their_tick_are_refused(session: Session, now: datetime) -> None:
    with pytest.raises(WordsNotAgreed):
        email_target.send(
            session,
            draft=draft(session, now, own_words="My words."),
            choices=[news(session, now)],
            occasion=occasion(session, now),
            rules=RULES,
        )

    assert session.scalars(select(Letter)).all() == []


def test_a_letter_without_a_story_needs_no_tick(session: Session, now: datetime) -> None:
    letter = send(session, now).letter

    assert not letter.story_consented
    assert letter.own_words is None


def test_own_words_stand_in_the_letter_as_typed(session: Session, now: datetime) -> None:
    words = "{{7*7}} =cmd <script> I lost my mum."

    letter = send(session, now, own_words=words, choices=[story(session, now)]).letter

    assert letter.own_words == words
    assert letter.body is not None
    assert words in letter.body
    assert letter.alike_percent < 100


def test_a_flood_from_one_network_is_refused(session: Session, now: datetime) -> None:
    crowd(session, now, doubt.FLOOD)

    with pytest.raises(TooMany) as refused:
        send(session, now)
    assert refused.value.retry_after == timedelta(hours=1)


def test_without_limits_neither_floods_nor_haste_count(session: Session, now: datetime) -> None:
    crowd(session, now, doubt.FLOOD)
    how = occasion(session, now, page_age=timedelta(0))

    letter = send(session, now, rules=NO_LIMITS, how=how).letter

    assert letter.held_reason is None


def test_a_campaign_that_is_not_open_takes_no_letter(session: Session, now: datetime) -> None:
    draft(session, now)
    session.scalars(select(Campaign)).one().state = State.PAUSED

    with pytest.raises(WrongState, match="not taking letters"):
        send(session, now)
