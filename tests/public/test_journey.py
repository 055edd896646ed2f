"""A letter's journey, page by page, as somebody without JavaScript walks it."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.actions import letter_links
from campaign_app.campaigns.models import Campaign, ConfirmPolicy, State
from campaign_app.delivery.models import Message, MessageState
from campaign_app.letters.models import Letter, LetterState
from campaign_app.supporters.models import ConsentEvent, Permission, SupporterIdentity
from campaign_app.vault import tokens
from tests.doors import content
from tests.doors.content import ALLIANCE, PAGE, SEAT
from tests.doors.person import DETAILS, WORDS, Someone, forms_of
from tests.doors.rows import counts


def link(app: Flask, letter: Letter, purpose: str) -> str:
    with app.app_context():
        return letter_links.link(letter, purpose, clock.now())


def code_of(letter: Letter) -> str:
    assert letter.code_issued_at is not None
    return tokens.code(letter.public_id, letter.code_issued_at)


def test_the_home_page_leads_to_the_campaign(someone: Someone) -> None:
    page = someone.opens("/")

    assert PAGE in [a.get("href") for a in page.all("a")]


def test_the_page_has_the_promised_fields_and_chooses_nothing(someone: Someone) -> None:
    someone.opens(PAGE)

    assert set(DETAILS) <= set(someone.values)
    assert not [e for e in someone.page.all("input") if e.get("checked") is not None]


def test_next_leads_to_the_letter_with_mp_seat_and_alliance(someone: Someone) -> None:
    someone.goes_to_letter()

    assert someone.answer.status_code == 200
    for words in ("Example (demonstration MP)", SEAT, f"{ALLIANCE} Cancer Alliance"):
        assert words in someone.text
    assert "I am your constituent in Bermondsey and Old Southwark (SE1)" in someone.text
    assert "Siân Llŷr-Ŵyn 14 Tower Bridge Road London SE1 2DL" in someone.text
    assert someone.buttons[-1].startswith("Send to ")


def test_show_my_letter_puts_the_words_into_it(someone: Someone) -> None:
    someone.goes_to_letter()

    someone.presses("/letter", personal_message=WORDS, consent_story="yes")

    assert someone.text.count("My mother waited eleven weeks.") == 2
    assert "[FCE]" in someone.text


def test_a_script_gets_only_the_letter(someone: Someone) -> None:
    someone.goes_to_letter()
    form = next(form for form in forms_of(someone.page))
    pairs = form.filled({"personal_message": WORDS, "fragment": "letter"})

    answer = someone.client.post(f"{PAGE}/letter", data=dict(pairs), headers=someone.headers)

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Nobody should." in answer.text


def test_back_keeps_details_and_words(someone: Someone) -> None:
    someone.goes_to_letter()

    someone.presses("/details", personal_message=WORDS, consent_story="yes", consent_email="no")

    typed = someone.values
    assert {name: typed[name] for name in DETAILS} == DETAILS
    assert typed["personal_message"] == WORDS
    assert (typed["consent_story"], typed["consent_email"]) == ("yes", "no")


def test_words_come_back_on_the_way_forward_again(someone: Someone) -> None:
    someone.goes_to_letter()
    someone.presses("/details", personal_message=WORDS, consent_story="yes")

    someone.presses("Next")

    assert someone.values["personal_message"] == WORDS
    assert someone.values["consent_story"] == "yes"


def test_words_without_the_tick_are_asked_about(someone: Someone, session: Session) -> None:
    someone.goes_to_letter()

    someone.presses("Send to", personal_message=WORDS)

    assert someone.heading == "May we send your own words?"
    assert someone.answer.status_code == 200
    assert session.scalars(select(Letter)).all() == []


@pytest.mark.parametrize(
    ("button", "sent"),
    [("Send with my words", WORDS), ("Send the letter without them", None)],
)
def test_the_answer_decides_what_is_sent(
    someone: Someone, session: Session, button: str, sent: str | None
) -> None:
    someone.goes_to_letter()
    someone.presses("Send to", personal_message=WORDS)

    someone.presses(button)

    letter = session.scalars(select(Letter)).one()
    assert (letter.own_words, letter.story_consented) == (sent, sent is not None)
    assert ("My mother waited" in (letter.body or "")) is (sent is not None)


def test_back_from_the_question_keeps_the_words(someone: Someone) -> None:
    someone.goes_to_letter()
    someone.presses("Send to", personal_message=WORDS)

    someone.presses("/letter")

    assert someone.values["personal_message"] == WORDS


def test_send_leads_to_the_thank_you_page_that_asks_for_the_code(
    someone: Someone, session: Session
) -> None:
    someone.sends_letter()

    assert someone.path == f"{PAGE}/thank-you"
    assert someone.heading == "One more step: check your email"
    assert "s•••@gmail.com" in someone.text
    assert session.scalars(select(Letter)).one().state is LetterState.UNCONFIRMED


def test_the_code_lets_the_letter_go(someone: Someone, letter: Letter, session: Session) -> None:
    code = code_of(letter)

    someone.presses("/code", code=f"{code[:3]} {code[3:]}")

    assert someone.heading == "Thank you. Your letter is on its way"
    assert session.scalars(select(Letter)).one().state is LetterState.RELEASED
    kinds = {message.kind: message.state for message in session.scalars(select(Message))}
    assert kinds["letter"] is MessageState.WAITING
    assert kinds["letter_copy"] is MessageState.DUE


def test_the_proven_thank_you_page_leads_to_the_own_page(someone: Someone, letter: Letter) -> None:
    someone.presses("/code", code=code_of(letter))
    own = next(a for a in someone.page.all("a") if "/your-letter/" in a.get("href", ""))

    someone.opens(own.get("href", ""))

    assert someone.heading.startswith("Your letter to ")
    assert "It leaves at" in someone.text


def test_an_unproven_thank_you_page_leads_nowhere_private(someone: Someone, letter: Letter) -> None:
    hrefs = [a.get("href", "") for a in someone.page.all("a")]

    assert not [href for href in hrefs if "/your-letter/" in href]


def test_a_wrong_code_is_told_beside_its_field_and_stays_typed(
    someone: Someone, letter: Letter, session: Session
) -> None:
    right = code_of(letter)
    wrong = "000000" if right != "000000" else "111111"

    someone.presses("/code", code=wrong)

    assert someone.answer.status_code == 422
    assert someone.summary == [("code", someone.errors["code"])]
    assert someone.values["code"] == wrong
    assert session.scalars(select(Letter)).one().code_tries == 1


def test_the_sixth_try_is_refused_even_when_it_is_right(
    someone: Someone, letter: Letter, session: Session
) -> None:
    code = code_of(letter)
    for _ in range(5):
        someone.presses("/code", code="no")

    someone.presses("/code", code=code)

    assert "tried too often" in someone.errors["code"]
    assert session.scalars(select(Letter)).one().state is LetterState.UNCONFIRMED


def test_the_button_behind_the_link_lets_the_letter_go(
    app: Flask, someone: Someone, letter: Letter, session: Session
) -> None:
    someone.opens(f"/confirm/{link(app, letter, letter_links.CONFIRM)}")
    assert someone.heading == "Is this letter yours?"

    someone.presses("/confirm/")

    assert someone.path == f"{PAGE}/thank-you"
    assert session.scalars(select(Letter)).one().state is LetterState.RELEASED
    assert session.scalars(select(SupporterIdentity)).one().email == "sian@gmail.com"
    assert session.scalars(select(Permission)).all() != []


def test_pressing_the_button_twice_changes_nothing_more(
    app: Flask, someone: Someone, letter: Letter, session: Session
) -> None:
    path = f"/confirm/{link(app, letter, letter_links.CONFIRM)}"
    someone.sends(path, [])
    before = counts(session)

    someone.sends(path, [])

    assert counts(session) == before
    someone.opens(path)
    assert "already confirmed" in someone.text


def test_send_again_sends_a_new_code(someone: Someone, letter: Letter, session: Session) -> None:
    someone.presses("/again")

    assert "We have sent a new email" in someone.text
    found = session.scalars(select(Message).where(Message.kind == "confirm_letter")).all()
    assert len(found) == 2


def test_a_mended_address_gets_the_code_and_the_old_link_dies(
    app: Flask, someone: Someone, letter: Letter, session: Session
) -> None:
    old = f"/confirm/{link(app, letter, letter_links.CONFIRM)}"

    someone.presses("/address", email="sian.two@gmail.com")

    assert "s•••@gmail.com" in someone.text
    assert session.scalars(select(Letter)).one().email == "sian.two@gmail.com"
    assert someone.client.get(old).status_code == 404


def test_a_wrong_mended_address_stays_typed(someone: Someone, letter: Letter) -> None:
    someone.presses("/address", email="sian at home")

    assert someone.answer.status_code == 422
    assert someone.summary == [("email", someone.errors["email"])]
    assert someone.values["email"] == "sian at home"
    details = [e for e in someone.page.all("details") if e.get("open") is not None]
    assert details, "the box with the mistake stays open"


def test_other_channels_are_taken_from_a_proven_person(
    someone: Someone, letter: Letter, session: Session
) -> None:
    someone.presses("/code", code=code_of(letter))

    someone.presses("/stay-in-touch/", phone="020 7946 0123", consent_phone="yes", consent_sms="no")

    assert "We have noted how we may contact you." in someone.text
    assert session.scalars(select(SupporterIdentity)).one().phone == "020 7946 0123"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("phone", {"phone": "call me", "consent_phone": "yes"}),
        ("phone", {"phone": "<script>0123456789", "consent_sms": "yes"}),
        ("address_line_1", {"address_line_1": "", "consent_post": "yes"}),
        ("postcode", {"postcode": "nowhere", "consent_post": "yes"}),
    ],
)
def test_choices_that_miss_something_stay_typed(
    someone: Someone, letter: Letter, session: Session, field: str, typed: dict[str, str]
) -> None:
    someone.presses("/code", code=code_of(letter))
    before = counts(session)

    someone.presses("/stay-in-touch/", **typed)

    assert someone.answer.status_code == 422
    assert (field, someone.errors[field]) in someone.summary
    assert {name: someone.values[name] for name in typed} == typed
    assert counts(session) == before


def test_no_answer_about_email_means_no_and_is_no_error(someone: Someone, session: Session) -> None:
    someone.goes_to_letter()

    someone.presses("Send to")

    assert someone.path.endswith("/thank-you")
    events = session.scalars(select(ConsentEvent)).all()
    assert [event.channel for event in events if event.channel == "email"] == []


def test_a_replayed_form_leads_to_the_same_letter(someone: Someone, session: Session) -> None:
    someone.goes_to_letter()
    form, button = someone._button("Send to")
    pairs = form.filled({})
    someone.sends(button.action or form.action, pairs)
    before = counts(session)

    someone.sends(button.action or form.action, pairs)

    assert "This form was already sent once" in someone.text
    assert counts(session) == before


def test_a_suggested_address_is_used_when_it_is_pressed(someone: Someone, session: Session) -> None:
    someone.goes_to_letter(email="sian@gmial.com")
    assert someone.answer.status_code == 422
    assert "Did you mean sian@gmail.com?" in someone.text

    someone.presses("Use this")

    assert someone.heading.startswith("Your letter to ")
    assert someone.values["email"] == "sian@gmail.com"


def test_an_odd_address_is_asked_about_once_and_then_kept(someone: Someone) -> None:
    someone.goes_to_letter(email="sian@gmial.com")

    someone.presses("Next")

    assert someone.heading.startswith("Your letter to ")
    assert someone.values["email"] == "sian@gmial.com"


def test_another_odd_address_is_asked_about_again(someone: Someone) -> None:
    someone.goes_to_letter(email="sian@gmial.com")

    someone.presses("Next", email="sian@hotmial.com")

    assert someone.answer.status_code == 422
    assert "hotmail.com" in someone.text


def test_a_suggested_postcode_is_used_when_it_is_pressed(someone: Someone) -> None:
    someone.goes_to_letter(postcode="SE1 2DI")
    assert "Did you mean SE1 2DL?" in someone.text

    someone.presses("Use this")

    assert someone.heading.startswith("Your letter to ")


@pytest.mark.parametrize("typed", ["se12dl", "SE1-2DL", " se1. 2dl ", "Se1 2dL"])
def test_a_postcode_is_read_however_it_is_written(someone: Someone, typed: str) -> None:
    someone.goes_to_letter(postcode=typed)

    assert someone.values["postcode"] == "SE1 2DL"


@pytest.mark.parametrize(
    ("postcode", "heading"),
    [
        (content.WALES, "In Wales there is something else you can do"),
        (content.SCOTLAND, "In Scotland there is something else you can do"),
        (content.NORTHERN_IRELAND, "In Northern Ireland there is something else you can do"),
        (content.JERSEY, "Where you live, your own parliament decides"),
        (content.VACANT, "Your area has no MP at the moment"),
        (content.WITHOUT_EMAIL, "We have no email address for your MP"),
        (content.GONE, "This postcode is not in use any more"),
        ("BFPO 12", "A forces address has no MP of its own"),
        ("FIQQ 1ZZ", "This postcode has no MP at Westminster"),
    ],
)
def test_places_without_a_letter_have_their_own_page(
    someone: Someone, session: Session, postcode: str, heading: str
) -> None:
    before = counts(session)

    someone.goes_to_letter(postcode=postcode)

    assert someone.heading == heading
    assert counts(session) == before
    someone.presses("/details")
    assert someone.values["first_name"] == "Siân"


def test_a_postcode_that_nobody_knows_is_told_beside_its_field(someone: Someone) -> None:
    someone.goes_to_letter(postcode=content.NOWHERE)

    assert someone.answer.status_code == 422
    assert someone.summary == [("postcode", someone.errors["postcode"])]
    assert someone.values["postcode"] == content.NOWHERE


def test_a_service_that_is_down_loses_nothing_that_was_typed(someone: Someone) -> None:
    someone.goes_to_letter(postcode="M20 4BX")

    assert someone.answer.status_code == 503
    assert "We cannot look up postcodes at the moment." in someone.summary[0][1]
    assert someone.values["last_name"] == "Llŷr-Ŵyn"


def test_the_letter_can_be_printed_and_left_unsent(someone: Someone, session: Session) -> None:
    someone.goes_to_letter()
    before = counts(session)

    someone.presses("/post", personal_message=WORDS, consent_story="yes")

    assert "House of Commons, London SW1A 0AA" in someone.text
    assert "Nobody should." in someone.text
    assert counts(session) == before
    someone.presses("/letter")
    assert someone.values["personal_message"] == WORDS


def test_a_paused_campaign_takes_no_letter(
    someone: Someone, campaign: Campaign, session: Session
) -> None:
    someone.goes_to_letter()
    campaign.state = State.PAUSED
    session.commit()

    someone.presses("Send to")

    assert "This campaign is not taking letters now" in someone.text
    assert session.scalars(select(Letter)).all() == []


@pytest.mark.parametrize("step", ["letter", "details", "send", "post"])
def test_reloading_a_step_leads_back_to_the_campaign(someone: Someone, step: str) -> None:
    answer = someone.client.get(f"{PAGE}/{step}")

    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)


def test_without_confirmation_the_letter_goes_at_once(
    someone: Someone, campaign: Campaign, session: Session
) -> None:
    campaign.confirm_policy = ConfirmPolicy.OFF
    session.commit()

    someone.sends_letter()

    assert someone.heading == "Thank you. Your letter is on its way"
    assert session.scalars(select(Letter)).one().state is LetterState.RELEASED
    assert session.scalars(select(Permission)).all() == [], "unproven is nothing"


def test_a_letter_of_another_campaign_is_not_shown_here(
    app: Flask, someone: Someone, letter: Letter, campaign: Campaign, session: Session
) -> None:
    token = link(app, letter, letter_links.THANKS)
    campaign.slug = "another-name"
    session.commit()

    assert someone.client.get(f"{PAGE}/thank-you?letter={token}").status_code == 404
    someone.opens(f"/campaigns/another-name/thank-you?letter={token}")
    assert someone.heading == "One more step: check your email"


def test_the_thank_you_page_without_a_token_says_thanks(someone: Someone) -> None:
    someone.opens(f"{PAGE}/thank-you")

    assert someone.heading == "Thank you"


def test_the_source_of_a_visit_travels_with_the_letter(someone: Someone, session: Session) -> None:
    someone.opens(f"{PAGE}?source=leaflet-7")
    someone.presses("Next", **DETAILS)

    someone.presses("Send to")

    assert session.scalars(select(Letter)).one().traffic_source == "leaflet-7"


def test_the_flood_of_one_network_is_told_and_loses_no_words(
    someone: Someone, session: Session, letter: Letter, now: datetime
) -> None:
    rows = [_twin(letter, number) for number in range(120)]
    session.add_all(rows)
    session.commit()
    someone.goes_to_letter()

    someone.presses("Send to", personal_message=WORDS, consent_story="yes")

    assert someone.answer.status_code == 429
    assert int(someone.answer.headers["Retry-After"]) > 0
    assert "too many tries" in someone.summary[0][1]
    assert someone.values["personal_message"] == WORDS


def _twin(letter: Letter, number: int) -> Letter:
    columns = [c.key for c in Letter.__table__.columns if c.key != "id"]
    values = {name: getattr(letter, name) for name in columns}
    return Letter(
        **{
            **values,
            "public_id": f"twin-{number}",
            "form_id": f"twin-{number}",
            "subject_id": f"twin-{number}",
        }
    )
