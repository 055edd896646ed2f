"""What leaves: the letter, its copy, what asks to confirm, and what tells of a failure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from campaign_app.actions import confirm_letter, letter_links, letter_messages, take_back
from campaign_app.actions.letter_mail import LetterComposer, OfficeGone
from campaign_app.campaigns.models import ConfirmPolicy
from campaign_app.delivery.mail import AUTO_GENERATED, Mail
from campaign_app.delivery.models import Message
from campaign_app.letters.models import Letter
from campaign_app.targets.models import TargetState
from campaign_app.vault import tokens
from tests.factories import RULES, messages, send, sender, target, unconfirmed

MINUTE = timedelta(minutes=1)
Change = Callable[[Any], None]


def render(kind: str, lang: str, facts: dict[str, Any]) -> str:
    """A template that shows what it was given."""
    shown = "\n".join(f"{name}: {value}" for name, value in sorted(facts.items()))
    return f"Subject of {kind} in {lang}\n\n{shown}\n"


COMPOSE = LetterComposer(RULES, render)


def mail(session: Session, letter: Letter, kind: str, now: datetime) -> Mail | None:
    return COMPOSE(session, messages(session, letter, kind)[-1], now)


def built(session: Session, letter: Letter, kind: str, now: datetime) -> Mail:
    found = mail(session, letter, kind, now)
    assert found is not None
    return found


# ----------------------------------------------------------- the letter itself


def test_a_letter_is_from_us_in_its_writer_s_name_and_answers_go_to_them(
    session: Session, now: datetime
) -> None:
    letter = send(session, now, who=sender(first_name="Siân", last_name="O'Brien")).letter

    found = built(session, letter, "letter", now)

    assert found.from_name == "Siân O'Brien via Breast Cancer Now"
    assert found.from_local == "letters"
    assert found.reply_to is not None
    assert (found.reply_to.name, found.reply_to.address) == ("Siân O'Brien", "ann@gmail.com")
    assert (found.to.name, found.to.address) == ("Alex Example MP", "alex@mp.example")


def test_a_letter_ends_its_subject_with_the_campaign_s_reference(
    session: Session, now: datetime
) -> None:
    letter = send(session, now).letter

    found = built(session, letter, "letter", now)

    assert found.subject.endswith("[FCE]")
    assert found.extra == (("X-Campaign-ID", "A-CAMPAIGN"),)


def test_every_attempt_of_a_letter_has_one_message_id(session: Session, now: datetime) -> None:
    letter = send(session, now).letter

    [own] = messages(session, letter, "letter")

    assert built(session, letter, "letter", now).mail_id == own.mail_id
    assert built(session, letter, "letter", now + MINUTE).mail_id == own.mail_id
    assert own.mail_id.endswith("@letters.example.org")


def test_a_letter_says_that_its_writer_is_unconfirmed(session: Session, now: datetime) -> None:
    text = built(session, send(session, now).letter, "letter", now).text

    assert "has not confirmed their email address" in text


def test_a_letter_says_on_which_day_its_writer_confirmed(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)
    confirm_letter.confirm(session, letter, RULES, now)

    text = built(session, letter, "letter", now).text

    assert "confirmed their email address on 20 November 2026" in text
    assert "Campaign reference: [A-CAMPAIGN]." in text


def test_own_words_stand_in_the_letter_that_leaves(session: Session, now: datetime) -> None:
    letter = send(session, now, own_words="{{7*7}} I lost my mum.").letter

    text = built(session, letter, "letter", now).text

    assert "{{7*7}} I lost my mum." in text
    assert "1 Example Street" in text
    assert "SE1 2DL" in text


def test_a_letter_that_waits_for_confirmation_is_not_built(session: Session, now: datetime) -> None:
    assert mail(session, unconfirmed(session, now), "letter", now) is None


@pytest.mark.parametrize("stop", [take_back.take_back, take_back.not_me])
@pytest.mark.parametrize("kind", ["letter", "letter_copy"])
def test_a_stopped_letter_is_not_built(
    session: Session, now: datetime, stop: Callable[..., object], kind: str
) -> None:
    letter = send(session, now).letter
    stop(session, letter, now)

    assert mail(session, letter, kind, now) is None


def no_email(office: Any) -> None:  # noqa: ANN401 - a row that is changed.
    office.state, office.email = TargetState.NO_EMAIL, None


def dissolved(office: Any) -> None:  # noqa: ANN401 - a row that is changed.
    office.state = TargetState.DISSOLVED


def opted_out(office: Any) -> None:  # noqa: ANN401 - a row that is changed.
    office.state = TargetState.OPTED_OUT


def ended(office: Any) -> None:  # noqa: ANN401 - a row that is changed.
    office.valid_to = office.checked_on


@pytest.mark.parametrize("change", [no_email, dissolved, opted_out, ended])
def test_a_letter_whose_office_is_gone_fails_and_is_not_lost(
    session: Session, now: datetime, change: Change
) -> None:
    letter = send(session, now).letter
    change(target(session))

    with pytest.raises(OfficeGone):
        mail(session, letter, "letter", now)


# ---------------------------------------------------------------- service mail


def test_service_mail_comes_from_us_and_asks_no_machine_to_answer(
    session: Session, now: datetime
) -> None:
    found = built(session, send(session, now).letter, "letter_copy", now)

    assert (found.from_name, found.from_local) == ("Breast Cancer Now", "campaigns")
    assert (found.to.name, found.to.address) == ("Ann Example", "ann@gmail.com")
    assert found.reply_to is None
    assert found.extra == AUTO_GENERATED
    assert found.subject == "Subject of letter_copy in en"


def test_the_mail_that_asks_holds_the_code_and_the_link(session: Session, now: datetime) -> None:
    letter = unconfirmed(session, now)

    text = built(session, letter, "confirm_letter", now).text

    assert f"code: {tokens.code(letter.public_id, now)}" in text
    assert "code_is_fresh: True" in text
    assert letter_links.link(letter, letter_links.CONFIRM, now) in text
    assert "https://act.example.org/confirm/" in text


def test_a_mail_that_asks_late_does_not_call_its_code_fresh(
    session: Session, now: datetime
) -> None:
    letter = unconfirmed(session, now)

    text = built(session, letter, "confirm_reminder", now + timedelta(hours=24)).text

    assert "code_is_fresh: False" in text


@pytest.mark.parametrize("kind", ["confirm_letter", "confirm_reminder"])
def test_nobody_is_asked_once_the_letter_is_released(
    session: Session, now: datetime, kind: str
) -> None:
    letter = unconfirmed(session, now)
    confirm_letter.confirm(session, letter, RULES, now)

    assert mail(session, letter, kind, now) is None


def test_the_copy_holds_the_letter_word_for_word_with_its_footer(
    session: Session, now: datetime
) -> None:
    letter = send(session, now, own_words="My words.").letter

    copy = built(session, letter, "letter_copy", now).text

    assert built(session, letter, "letter", now).text.strip() in copy
    assert f"leaves_at: {now + timedelta(minutes=30)}" in copy


def test_every_service_mail_has_links_that_stop_things(session: Session, now: datetime) -> None:
    letter = send(session, now).letter

    text = built(session, letter, "letter_copy", now).text

    for page in ("/not-me/", "/unsubscribe/", "/your-letter/"):
        assert f"https://act.example.org{page}" in text


def test_a_failure_is_told_with_the_words_and_the_postal_address(
    session: Session, now: datetime
) -> None:
    letter = send(session, now, own_words="My words.").letter
    letter_messages.tell_of_failure(session, letter, RULES, now)

    text = built(session, letter, "letter_failed", now).text

    assert "My words." in text
    assert "House of Commons" in text


def test_a_stopped_letter_tells_of_no_failure(session: Session, now: datetime) -> None:
    letter = send(session, now, policy=ConfirmPolicy.OFF).letter
    letter_messages.tell_of_failure(session, letter, RULES, now)

    take_back.not_me(session, letter, now)

    assert mail(session, letter, "letter_failed", now) is None


def test_a_message_without_a_letter_is_not_built(session: Session, now: datetime) -> None:
    assert COMPOSE(session, Message(kind="letter", letter_id=None), now) is None


def test_a_forgotten_letter_is_not_built(session: Session, now: datetime) -> None:
    letter = send(session, now).letter
    letter.body = None

    assert mail(session, letter, "letter", now) is None
