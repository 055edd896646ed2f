"""Before a letter leaves it can be changed, taken back or disowned; afterwards it cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions import confirm_letter, take_back
from campaign_app.actions.own_words import WordsNotAgreed
from campaign_app.campaigns.models import ConfirmPolicy
from campaign_app.delivery.models import Message, MessageState
from campaign_app.delivery.outbox import AlreadyLeft
from campaign_app.errors import WrongState
from campaign_app.letters.models import Letter, LetterState
from campaign_app.supporters.consents import may_contact
from campaign_app.supporters.models import Channel, ConsentEvent, ConsentKind, Purpose
from tests.factories import (
    RULES,
    draft,
    messages,
    news,
    send,
    sender,
    shown,
    story,
    supporter,
    unconfirmed,
)

MINUTE = timedelta(minutes=1)
LEFT = [MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.FAILED, MessageState.BOUNCED]


def own(session: Session, letter: Letter) -> Message:
    return messages(session, letter, "letter")[0]


def leave(session: Session, letter: Letter, state: MessageState = MessageState.ACCEPTED) -> None:
    """The worker has been there."""
    own(session, letter).state = state
    session.flush()


def change(
    session: Session, letter: Letter, words: str, now: datetime, *, agreed: bool = True
) -> None:
    take_back.change_words(
        session,
        letter,
        draft(session, now, own_words=words).text(),
        asks=("data",),
        story=story(session, now) if words and agreed else None,
        shown=shown(now),
        rules=RULES,
    )


def stories(session: Session) -> list[tuple[ConsentKind, bool]]:
    events = session.scalars(
        select(ConsentEvent).where(ConsentEvent.channel == Channel.STORY).order_by(ConsentEvent.id)
    )
    return [(event.kind, event.proven) for event in events]


# ----------------------------------------------------------------- taking back


def test_a_letter_taken_back_does_not_leave_and_loses_its_words(
    session: Session, now: datetime
) -> None:
    letter = send(session, now, own_words="My words.").letter

    take_back.take_back(session, letter, now + MINUTE)

    assert letter.state is LetterState.TAKEN_BACK
    assert letter.ended_at == now + MINUTE
    assert (letter.own_words, letter.body, letter.address, letter.postcode) == (None,) * 4
    assert own(session, letter).state is MessageState.TAKEN_BACK


def test_taking_back_twice_changes_nothing(session: Session, now: datetime) -> None:
    letter = send(session, now).letter
    take_back.take_back(session, letter, now)

    take_back.take_back(session, letter, now + MINUTE)

    assert letter.ended_at == now


@pytest.mark.parametrize("state", LEFT)
def test_a_letter_that_has_left_cannot_be_taken_back(
    session: Session, now: datetime, state: MessageState
) -> None:
    letter = send(session, now).letter
    leave(session, letter, state)

    with pytest.raises(AlreadyLeft):
        take_back.take_back(session, letter, now)


def test_there_is_nothing_to_take_back_of_a_stopped_letter(session: Session, now: datetime) -> None:
    letter = send(session, now).letter
    take_back.not_me(session, letter, now)

    with pytest.raises(WrongState, match="stopped already"):
        take_back.take_back(session, letter, now)


def test_whoever_took_a_letter_back_may_write_again(session: Session, now: datetime) -> None:
    take_back.take_back(session, send(session, now).letter, now)

    assert send(session, now).letter.state is LetterState.RELEASED


def test_consents_stand_when_a_letter_is_taken_back(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now, choices=[news(session, now)])
    confirm_letter.confirm(session, letter, RULES, now)

    take_back.take_back(session, letter, now + MINUTE)

    assert letter.supporter_id is not None
    assert may_contact(session, letter.supporter_id, Channel.EMAIL, Purpose.UPDATES)


# -------------------------------------------------------------------- changing


def test_new_words_replace_the_old_ones(session: Session, now: datetime) -> None:
    letter = send(session, now, own_words="Old words.").letter

    change(session, letter, "New words.", now + MINUTE)

    assert letter.own_words == "New words."
    assert letter.body is not None
    assert "New words." in letter.body
    assert "Old words." not in letter.body
    assert letter.asks == ["data"]


def test_new_words_need_their_own_consent(session: Session, now: datetime) -> None:
    letter = send(session, now, own_words="Old words.").letter

    change(session, letter, "New words.", now + MINUTE)

    assert stories(session) == [(ConsentKind.GIVEN, False)] * 2


def test_new_words_without_consent_are_refused(session: Session, now: datetime) -> None:
    letter = send(session, now).letter

    with pytest.raises(WordsNotAgreed):
        change(session, letter, "New words.", now, agreed=False)
    assert letter.own_words is None


def test_the_consent_of_a_proven_person_is_proven(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    confirm_letter.confirm(session, letter, RULES, now)

    change(session, letter, "New words.", now + MINUTE)

    assert stories(session) == [(ConsentKind.GIVEN, True)]


def test_taking_the_words_out_takes_back_their_consent(session: Session, now: datetime) -> None:
    letter = send(session, now, own_words="My words.").letter

    change(session, letter, "", now + MINUTE)

    assert letter.own_words is None
    assert not letter.story_consented
    assert letter.alike_percent == 100
    assert [kind for kind, _ in stories(session)] == [ConsentKind.GIVEN, ConsentKind.WITHDRAWN]


def test_a_changed_letter_sends_a_new_copy(session: Session, now: datetime) -> None:
    letter = send(session, now).letter
    messages(session, letter, "letter_copy")[0].state = MessageState.ACCEPTED

    change(session, letter, "New words.", now)

    assert [copy.state for copy in messages(session, letter, "letter_copy")] == [
        MessageState.ACCEPTED,
        MessageState.DUE,
    ]


def test_a_copy_that_has_not_left_carries_the_new_words_itself(
    session: Session, now: datetime
) -> None:
    letter = send(session, now).letter

    change(session, letter, "New words.", now)

    assert len(messages(session, letter, "letter_copy")) == 1


def test_an_unconfirmed_letter_can_be_changed_and_sends_no_copy(
    session: Session, now: datetime
) -> None:
    letter = unconfirmed(session, now)

    change(session, letter, "New words.", now)

    assert letter.own_words == "New words."
    assert messages(session, letter, "letter_copy") == []


@pytest.mark.parametrize("state", [*LEFT, MessageState.SENDING])
def test_a_letter_that_has_left_cannot_be_changed(
    session: Session, now: datetime, state: MessageState
) -> None:
    letter = send(session, now, own_words="My words.").letter
    row = own(session, letter)
    row.state = state
    row.lease_until = now if state is MessageState.SENDING else None
    session.flush()

    with pytest.raises(WrongState, match="has left"):
        change(session, letter, "New words.", now)
    assert letter.own_words == "My words."


# ---------------------------------------------------------------------- not me


def test_a_stranger_s_letter_is_stopped_in_time(session: Session, now: datetime) -> None:
    letter = send(session, now, own_words="Not mine.").letter

    assert take_back.not_me(session, letter, now + MINUTE)
    assert letter.state is LetterState.NOT_ME
    assert letter.body is None
    assert own(session, letter).state is MessageState.TAKEN_BACK


def test_nothing_more_is_mailed_after_not_me(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)

    take_back.not_me(session, letter, now)

    found = session.scalars(select(Message.state).where(Message.letter_id == letter.id))
    assert set(found) == {MessageState.TAKEN_BACK, MessageState.CANCELLED}


@pytest.mark.parametrize("state", LEFT)
def test_it_says_when_it_was_too_late_and_says_so_again(
    session: Session, now: datetime, state: MessageState
) -> None:
    letter = send(session, now).letter
    leave(session, letter, state)

    assert not take_back.not_me(session, letter, now)
    assert not take_back.not_me(session, letter, now)
    assert letter.body is None


def test_pressing_twice_in_time_was_in_time(session: Session, now: datetime) -> None:
    letter = send(session, now).letter

    assert take_back.not_me(session, letter, now)
    assert take_back.not_me(session, letter, now + MINUTE)
    assert letter.ended_at == now


def test_a_duplicate_that_never_left_was_in_time(session: Session, now: datetime) -> None:
    send(session, now, policy=ConfirmPolicy.OFF)
    duplicate = send(session, now, policy=ConfirmPolicy.OFF).letter

    assert take_back.not_me(session, duplicate, now)


def test_a_stranger_s_yes_grants_nothing(session: Session, now: datetime) -> None:
    ann = supporter(session, now)
    letter = send(session, now, choices=[news(session, now)]).letter

    take_back.not_me(session, letter, now + MINUTE)

    assert not may_contact(session, ann.id, Channel.EMAIL, Purpose.UPDATES)


def test_a_proven_yes_of_a_stranger_is_withdrawn(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now, choices=[news(session, now)])
    confirm_letter.confirm(session, letter, RULES, now)

    take_back.not_me(session, letter, now + MINUTE)

    assert letter.supporter_id is not None
    assert not may_contact(session, letter.supporter_id, Channel.EMAIL, Purpose.UPDATES)


def test_not_me_leaves_one_s_own_consents_alone(session: Session, now: datetime) -> None:
    mine = unconfirmed(session, now, choices=[news(session, now)])
    confirm_letter.confirm(session, mine, RULES, now)
    stranger_s = unconfirmed(session, now, slug="another", choices=[news(session, now)])

    take_back.not_me(session, stranger_s, now + MINUTE)

    assert mine.supporter_id is not None
    assert may_contact(session, mine.supporter_id, Channel.EMAIL, Purpose.UPDATES)


def test_rules_without_a_wait_let_a_letter_go_at_once(session: Session, now: datetime) -> None:
    at_once = replace(RULES, letter_wait=timedelta(0))

    letter = send(session, now, who=sender(), rules=at_once).letter

    assert own(session, letter).state is MessageState.DUE
    assert take_back.can_change(session, letter)
