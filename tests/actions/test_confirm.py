"""Confirming: a letter goes once its writer has shown that it is theirs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from campaign_app.actions import confirm_letter, letter_links, letter_messages
from campaign_app.actions.confirm_letter import TooManyCodes, TooManyMails, WordsForgotten
from campaign_app.actions.take_back import not_me
from campaign_app.campaigns.models import ConfirmPolicy
from campaign_app.delivery.models import Message, MessageState
from campaign_app.errors import LinkRefused, WrongState
from campaign_app.letters.models import Letter, LetterState
from campaign_app.supporters import suppression
from campaign_app.supporters.addresses import read_address
from campaign_app.supporters.consents import may_contact
from campaign_app.supporters.models import Channel, Purpose, Supporter
from campaign_app.vault import tokens
from tests.factories import RULES, messages, news, objection, send, sender, supporter, unconfirmed
from tests.together import two_at_once

MINUTE = timedelta(minutes=1)
DAY = timedelta(hours=24)


def confirm(session: Session, letter: Letter, now: datetime) -> None:
    confirm_letter.confirm(session, letter, RULES, now)


def code_of(letter: Letter) -> str:
    assert letter.code_issued_at is not None
    return tokens.code(letter.public_id, letter.code_issued_at)


def type_code(session: Session, letter: Letter, code: str, now: datetime) -> bool:
    return confirm_letter.confirm_by_code(session, letter, code, RULES, now)


def wrong(letter: Letter) -> str:
    return f"{(int(code_of(letter)) + 1) % 1_000_000:06d}"


def states(session: Session, letter: Letter, kind: str) -> list[MessageState]:
    return [message.state for message in messages(session, letter, kind)]


def mail_leaves(session: Session) -> None:
    """The worker has sent what was due."""
    for message in session.scalars(select(Message).where(Message.state == MessageState.DUE)):
        message.state = MessageState.ACCEPTED
    session.flush()


# --------------------------------------------------------------------- by link


def test_a_confirmed_letter_waits_its_time_and_its_writer_gets_a_copy(
    session: Session, now: datetime
) -> None:
    letter = unconfirmed(session, now)

    confirm(session, letter, now + MINUTE)

    assert letter.state is LetterState.RELEASED
    assert letter.confirmed_at == letter.released_at == now + MINUTE
    assert states(session, letter, "letter") == [MessageState.WAITING]
    assert states(session, letter, "letter_copy") == [MessageState.DUE]


def test_confirming_twice_changes_nothing(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    confirm(session, letter, now)

    confirm(session, letter, now + MINUTE)

    assert letter.confirmed_at == now
    assert states(session, letter, "letter_copy") == [MessageState.DUE]


def test_proof_makes_a_supporter_and_lets_consents_count(session: Session, now: datetime) -> None:
    choices = [news(session, now), objection(session, now)]
    letter = unconfirmed(session, now, choices=choices)

    confirm(session, letter, now + MINUTE)

    ann = session.scalars(select(Supporter)).one()
    assert letter.supporter_id == ann.id
    assert ann.profiling_objected_at == now
    assert may_contact(session, ann.id, Channel.EMAIL, Purpose.UPDATES)


def test_a_released_letter_can_still_be_proven(session: Session, now: datetime) -> None:
    letter = send(session, now, choices=[news(session, now)]).letter

    confirm(session, letter, now + MINUTE)

    assert letter.confirmed_at == now + MINUTE
    assert letter.released_at == now
    assert letter.supporter_id is not None


def test_a_known_supporter_is_not_made_twice(session: Session, now: datetime) -> None:
    ann = supporter(session, now)
    letter = unconfirmed(session, now, who=sender("Ann+letters@gmail.com"))

    confirm(session, letter, now)

    assert letter.supporter_id == ann.id


def test_a_stopped_letter_cannot_be_confirmed(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    not_me(session, letter, now)

    with pytest.raises(WrongState, match="was stopped"):
        confirm(session, letter, now)


def test_a_letter_without_its_words_cannot_leave(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    letter.body = None

    with pytest.raises(WordsForgotten):
        confirm(session, letter, now)
    with pytest.raises(WordsForgotten):
        confirm_letter.send_again(session, letter, RULES, now)


# ----------------------------------------------------------------- duplicates


def test_a_second_letter_of_one_person_is_a_duplicate(session: Session, now: datetime) -> None:
    first, second = unconfirmed(session, now), unconfirmed(session, now)
    confirm(session, first, now)

    confirm(session, second, now + MINUTE)

    assert (first.state, second.state) == (LetterState.RELEASED, LetterState.DUPLICATE)
    assert states(session, second, "letter") == [MessageState.CANCELLED]
    assert states(session, second, "letter_copy") == []


def test_the_consents_of_a_duplicate_count_all_the_same(session: Session, now: datetime) -> None:
    confirm(session, unconfirmed(session, now), now)
    second = unconfirmed(session, now, choices=[news(session, now)])

    confirm(session, second, now + MINUTE)
    confirm(session, second, now + MINUTE)

    assert second.supporter_id is not None
    assert may_contact(session, second.supporter_id, Channel.EMAIL, Purpose.UPDATES)


def test_two_people_at_one_address_both_write(session: Session, now: datetime) -> None:
    ann = unconfirmed(session, now, who=sender("home@gmail.com", first_name="Ann"))
    bob = unconfirmed(session, now, who=sender("home@gmail.com", first_name="Bob"))

    confirm(session, ann, now)
    confirm(session, bob, now)

    assert (ann.state, bob.state) == (LetterState.RELEASED, LetterState.RELEASED)


def test_nobody_blocks_an_address_with_an_unconfirmed_letter(
    session: Session, now: datetime
) -> None:
    unconfirmed(session, now)
    mine = unconfirmed(session, now)

    confirm(session, mine, now)

    assert mine.state is LetterState.RELEASED


def test_a_place_is_free_again_after_not_me(session: Session, now: datetime) -> None:
    stranger_s = send(session, now, policy=ConfirmPolicy.OFF).letter
    not_me(session, stranger_s, now)

    mine = unconfirmed(session, now)
    confirm(session, mine, now)

    assert mine.state is LetterState.RELEASED


def test_two_letters_of_one_person_confirmed_at_once_are_one_and_a_duplicate(
    app: Flask, session: Session, now: datetime
) -> None:
    first, second = unconfirmed(session, now), unconfirmed(session, now)
    session.commit()

    def press(other: Session, letter_id: int) -> LetterState:
        letter = other.get_one(Letter, letter_id)
        confirm(other, letter, now)
        return letter.state

    with two_at_once(app, lambda other: press(other, second.id)) as (mine, others):
        state = press(mine, first.id)

    assert [state, *others] == [LetterState.RELEASED, LetterState.DUPLICATE]
    assert session.scalar(select(func.count()).select_from(Supporter)) == 1


def test_one_letter_confirmed_twice_at_once_goes_once(
    app: Flask, session: Session, now: datetime
) -> None:
    letter = unconfirmed(session, now)
    token = letter_links.link(letter, letter_links.CONFIRM, now)
    session.commit()

    def press(other: Session) -> LetterState:
        followed = letter_links.follow(other, token, letter_links.CONFIRM, now)
        confirm(other, followed, now)
        return followed.state

    with two_at_once(app, press) as (mine, others):
        state = press(mine)

    assert [state, *others] == [LetterState.RELEASED, LetterState.RELEASED]
    assert states(session, letter, "letter_copy") == [MessageState.DUE]


def test_a_worker_may_add_a_message_while_a_link_is_followed(
    app: Flask, session: Session, now: datetime
) -> None:
    """Else the two would wait for each other: a worker holds a message, a page its letter."""
    letter = unconfirmed(session, now)
    token = letter_links.link(letter, letter_links.CONFIRM, now)
    session.commit()
    if session.get_bind().dialect.name == "sqlite":
        return  # One writer at a time: nobody can hold half of what another needs.

    def tell(other: Session) -> None:
        other.execute(text("SET LOCAL lock_timeout = '200ms'"))
        written_to = other.get_one(Letter, letter.id)
        letter_messages.tell_of_failure(other, written_to, RULES, now)

    with two_at_once(app, tell) as (mine, _):
        letter_links.follow(mine, token, letter_links.CONFIRM, now)

    assert states(session, letter, "letter_failed") == [MessageState.DUE]


# --------------------------------------------------------------------- by code


@pytest.mark.parametrize("shape", ["{}", " {} ", "{0[0]}{0[1]}{0[2]}-{0[3]}{0[4]}{0[5]}"])
def test_the_code_confirms_however_it_is_spaced(
    session: Session, now: datetime, shape: str
) -> None:
    letter = unconfirmed(session, now)

    assert type_code(session, letter, shape.format(code_of(letter)), now + MINUTE)
    assert letter.state is LetterState.RELEASED


def test_the_code_may_be_typed_twice(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    type_code(session, letter, code_of(letter), now)

    assert type_code(session, letter, code_of(letter), now)
    assert letter.code_tries == 0


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "0" * 10_000])
def test_what_is_no_code_is_wrong_and_counted(session: Session, now: datetime, typed: str) -> None:
    letter = unconfirmed(session, now)

    assert not type_code(session, letter, typed, now)
    assert letter.code_tries == 1
    assert letter.state is LetterState.UNCONFIRMED


def test_after_five_wrong_codes_even_the_right_one_is_refused(
    session: Session, now: datetime
) -> None:
    letter = unconfirmed(session, now)
    for _ in range(5):
        assert not type_code(session, letter, wrong(letter), now)

    with pytest.raises(TooManyCodes):
        type_code(session, letter, code_of(letter), now)


def test_the_fifth_try_may_be_right(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    for _ in range(4):
        type_code(session, letter, wrong(letter), now)

    assert type_code(session, letter, code_of(letter), now)


def test_the_link_still_works_after_five_wrong_codes(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    for _ in range(5):
        type_code(session, letter, wrong(letter), now)

    confirm(session, letter, now)

    assert letter.state is LetterState.RELEASED


@pytest.mark.parametrize(("minutes", "right"), [(30, True), (31, False)])
def test_a_code_lives_for_30_minutes(
    session: Session, now: datetime, minutes: int, right: bool
) -> None:
    letter = unconfirmed(session, now)

    assert type_code(session, letter, code_of(letter), now + minutes * MINUTE) is right


def test_a_code_belongs_to_its_own_letter(session: Session, now: datetime) -> None:
    one, other = unconfirmed(session, now), unconfirmed(session, now, who=sender("bob@gmail.com"))

    assert not type_code(session, one, code_of(other), now)


def test_a_new_code_ends_the_old_one_and_gives_five_new_tries(
    session: Session, now: datetime
) -> None:
    letter = unconfirmed(session, now)
    old = code_of(letter)
    type_code(session, letter, wrong(letter), now)
    mail_leaves(session)

    confirm_letter.send_again(session, letter, RULES, now + MINUTE)

    assert letter.code_tries == 0
    assert not type_code(session, letter, old, now + MINUTE)
    assert type_code(session, letter, code_of(letter), now + MINUTE)


def test_nothing_is_sent_again_once_confirmed(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    confirm(session, letter, now)

    with pytest.raises(WrongState, match="nothing left to confirm"):
        confirm_letter.send_again(session, letter, RULES, now)
    with pytest.raises(WrongState, match="cannot be changed"):
        confirm_letter.mend_address(session, letter, read_address("b@gmail.com"), RULES, now)


def test_a_letter_is_reminded_of_once(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)

    for _ in range(3):
        mail_leaves(session)
        confirm_letter.send_again(session, letter, RULES, now)

    assert states(session, letter, "confirm_reminder") == [MessageState.WAITING]


# ---------------------------------------------------------------- mails in all


def test_five_mails_to_one_address_leave_and_the_sixth_waits(
    session: Session, now: datetime
) -> None:
    letter = unconfirmed(session, now)
    for minutes in range(1, 6):
        mail_leaves(session)
        confirm_letter.send_again(session, letter, RULES, now + minutes * MINUTE)

    *five, sixth = messages(session, letter, "confirm_letter")
    assert len(five) == 5
    assert sixth.state is MessageState.WAITING
    assert sixth.due_at == now + DAY


def test_a_code_that_waits_with_its_mail_lives_from_when_it_leaves(
    session: Session, now: datetime
) -> None:
    letter = unconfirmed(session, now)
    for _ in range(5):
        mail_leaves(session)
        confirm_letter.send_again(session, letter, RULES, now)

    assert type_code(session, letter, code_of(letter), now + DAY + 29 * MINUTE)


def test_no_more_is_asked_for_while_a_mail_waits(session: Session, now: datetime) -> None:
    """Else each press would give five more tries at a code that nobody was sent."""
    letter = unconfirmed(session, now)
    for _ in range(5):
        mail_leaves(session)
        confirm_letter.send_again(session, letter, RULES, now)
    tries = letter.code_tries = 3

    with pytest.raises(TooManyMails, match="The next one leaves within a day"):
        confirm_letter.send_again(session, letter, RULES, now + MINUTE)

    assert letter.code_tries == tries
    assert len(messages(session, letter, "confirm_letter")) == 6


def test_the_mails_of_all_letters_to_one_address_count_together(
    session: Session, now: datetime
) -> None:
    for number in range(40):
        unconfirmed(session, now, who=sender("victim@gmail.com", first_name=f"A{number}"))

    for kind, first in (("confirm_letter", now), ("confirm_reminder", now + DAY)):
        due = session.scalars(
            select(Message.due_at).where(Message.kind == kind).order_by(Message.due_at)
        ).all()
        assert due[:5] == [first] * 5
        assert all(one >= first + DAY for one in due[5:])
        assert len(due) == 10


def test_another_address_is_not_held_up(session: Session, now: datetime) -> None:
    for number in range(6):
        unconfirmed(session, now, who=sender("victim@gmail.com", first_name=f"A{number}"))

    letter = unconfirmed(session, now, who=sender("bob@gmail.com"))

    assert states(session, letter, "confirm_letter") == [MessageState.DUE]


def test_a_day_later_mails_leave_again(session: Session, now: datetime) -> None:
    for number in range(5):
        unconfirmed(session, now, who=sender("ann@gmail.com", first_name=f"A{number}"))

    letter = unconfirmed(session, now + DAY)

    assert states(session, letter, "confirm_letter") == [MessageState.DUE]


# ------------------------------------------------------------- mended address


def mend(session: Session, letter: Letter, email: str, now: datetime) -> None:
    confirm_letter.mend_address(session, letter, read_address(email), RULES, now)


def test_links_to_the_old_address_die_when_it_is_mended(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now, who=sender("an@gmail.com"))
    mailed = (
        letter_links.CONFIRM,
        letter_links.OWN_PAGE,
        letter_links.NOT_ME,
        letter_links.UNSUBSCRIBE,
        letter_links.PROVEN,
    )
    old = {purpose: letter_links.link(letter, purpose, now) for purpose in mailed}

    mend(session, letter, "ann@gmail.com", now)

    for purpose, token in old.items():
        with pytest.raises(LinkRefused):
            letter_links.follow(session, token, purpose, now)


def test_links_of_a_wrong_address_stay_dead_when_it_is_put_back(
    session: Session, now: datetime
) -> None:
    letter = unconfirmed(session, now)
    old = letter_links.link(letter, letter_links.CONFIRM, now)

    mend(session, letter, "bob@gmail.com", now)
    mend(session, letter, "ann@gmail.com", now)

    with pytest.raises(LinkRefused):
        letter_links.follow(session, old, letter_links.CONFIRM, now)


def test_the_page_after_send_outlives_a_mended_address(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    thanks = letter_links.link(letter, letter_links.THANKS, now)

    mend(session, letter, "bob@gmail.com", now)

    assert letter_links.follow(session, thanks, letter_links.THANKS, now) is letter


def test_a_mended_address_gets_a_mail_and_a_code_of_its_own(
    session: Session, now: datetime
) -> None:
    letter = unconfirmed(session, now, who=sender("an@gmail.com"))
    old = code_of(letter)

    mend(session, letter, "ann@gmail.com", now + MINUTE)

    assert states(session, letter, "confirm_letter") == [MessageState.CANCELLED, MessageState.DUE]
    assert not type_code(session, letter, old, now + MINUTE)


def test_a_mended_letter_belongs_to_the_person_at_the_new_address(
    session: Session, now: datetime
) -> None:
    confirm(session, unconfirmed(session, now, who=sender("ann@gmail.com")), now)
    letter = unconfirmed(session, now, who=sender("an@gmail.com"))

    mend(session, letter, "ann@gmail.com", now)
    confirm(session, letter, now)

    assert letter.state is LetterState.DUPLICATE


def test_an_address_is_mended_three_times_at_most(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    for number in range(3):
        mend(session, letter, f"a{number}@gmail.com", now)

    with pytest.raises(TooManyMails, match="changed too often"):
        mend(session, letter, "victim@gmail.com", now)


def test_an_address_that_had_enough_mails_is_not_mended_to(session: Session, now: datetime) -> None:
    for number in range(12):
        unconfirmed(session, now, who=sender("victim@gmail.com", first_name=f"A{number}"))
    letter = unconfirmed(session, now)

    with pytest.raises(TooManyMails):
        mend(session, letter, "victim@gmail.com", now)


# --------------------------------------------------------------- lifted silence


def test_a_younger_yes_that_is_proven_ends_an_unsubscribing(
    session: Session, now: datetime
) -> None:
    suppression.suppress(
        session, "ann@gmail.com", Channel.EMAIL, reason="unsubscribed", now=now - DAY
    )
    letter = unconfirmed(session, now, choices=[news(session, now)])
    before = suppression.suppressed(session, "ann@gmail.com", Channel.EMAIL)

    confirm(session, letter, now)

    assert before
    assert not suppression.suppressed(session, "ann@gmail.com", Channel.EMAIL)


def test_an_unsubscribing_between_send_and_confirm_wins(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now, choices=[news(session, now)])
    suppression.suppress(
        session, "ann@gmail.com", Channel.EMAIL, reason="unsubscribed", now=now + MINUTE
    )

    confirm(session, letter, now + 2 * MINUTE)

    assert letter.supporter_id is not None
    assert not may_contact(session, letter.supporter_id, Channel.EMAIL, Purpose.UPDATES)
    assert suppression.suppressed(session, "ann@gmail.com", Channel.EMAIL)


# ---------------------------------------------------------------------- links


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 30, "0" * 22 + ".1." + "0" * 22])
def test_a_link_that_is_no_link_is_refused_kindly(
    session: Session, now: datetime, token: str
) -> None:
    with pytest.raises(LinkRefused):
        letter_links.follow(session, token, letter_links.CONFIRM, now)


def test_a_link_of_one_purpose_does_nothing_else(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    token = letter_links.link(letter, letter_links.THANKS, now)

    for purpose in letter_links.LIVES.keys() - {letter_links.THANKS}:
        with pytest.raises(LinkRefused):
            letter_links.follow(session, token, purpose, now)


def test_a_link_dies_in_its_time(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    token = letter_links.link(letter, letter_links.THANKS, now)

    with pytest.raises(LinkRefused):
        letter_links.follow(session, token, letter_links.THANKS, now + DAY + MINUTE)
