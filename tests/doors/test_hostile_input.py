"""Bad input in every field of every public form: an error in words, or it arrives harmless."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from urllib.parse import quote_plus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from campaign_app import clock, tasks
from campaign_app.actions import letter_links
from campaign_app.campaigns.models import Campaign, ConfirmPolicy
from campaign_app.cli.running import render
from campaign_app.database import db
from campaign_app.delivery import dispatch
from campaign_app.delivery.models import Message
from campaign_app.gateways import mailbox
from campaign_app.letters.models import Letter
from campaign_app.settings import Settings
from campaign_app.vault import tokens
from campaign_app.web import form_ids
from tests.doors.content import PAGE
from tests.doors.hostile import ENCODED, HOSTILE, LONG
from tests.doors.person import DETAILS, FORM_TYPE, SAME_ORIGIN, WORDS, Someone, checked
from tests.doors.rows import counts
from tests.pages import Page

DETAIL_FIELDS = [*DETAILS, "email_seen", "source", "page_token", "use_suggestion"]
WORD_FIELDS = [
    *("personal_message", "consent_story", "asks", "words_decision"),
    *("consent_email", "profiling_objection", "form_id", "fragment"),
]
ERRORS = {400, 403, 404, 409, 413, 415, 422, 429, 503}


def encoded(pairs: dict[str, str], field: str, kind: str) -> bytes:
    """A form with one hostile value in it, as bytes of a body."""
    value = HOSTILE[kind] if kind in ENCODED else quote_plus(HOSTILE[kind])
    others = [f"{quote_plus(k)}={quote_plus(v)}" for k, v in pairs.items() if k != field]
    return "&".join([*others, f"{field}={value}"]).encode()


def assert_harmless(answer: TestResponse, what: str) -> None:
    """A page of ours, whole, in which nothing that was sent has become markup."""
    assert answer.status_code in {200, 303, *ERRORS}, f"{what}: {answer.status_code}"
    if answer.status_code == 303:
        assert answer.headers["Location"].startswith("/"), what
        return
    if "<html" not in answer.text:
        return
    page = checked(answer)
    assert "alert(1)" not in "".join(e.text or "" for e in page.all("script")), what
    assert not page.all("img"), what
    assert_agree(page, what)


def assert_agree(page: Page, what: str) -> None:
    """What stands beside a field stands in the summary too, and the other way round."""
    beside = {p.get("id", "").removesuffix("-error") for p in page.all("p") if _is_error(p)}
    links = [a.get("href", "") for a in page.all("a")]
    assert all(f"#{name}" in links for name in beside), f"{what}: {beside}"


def _is_error(paragraph: object) -> bool:
    return "field__error" in getattr(paragraph, "get")("class", "")  # noqa: B009 - an element.


@pytest.fixture
def filled(someone: Someone) -> dict[str, str]:
    """A whole form, ready to be sent."""
    someone.goes_to_letter()
    typed = {"personal_message": WORDS, "consent_story": "yes", "consent_email": "no"}
    return {**someone.values, **typed}


@pytest.fixture
def at_once(campaign: Campaign, session: Session) -> Campaign:
    """The campaign, but its letters leave at Send and ask for no confirmation."""
    campaign.confirm_policy = ConfirmPolicy.OFF
    session.commit()
    return campaign


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("field", [*DETAIL_FIELDS, *WORD_FIELDS])
def test_the_letter_step_takes_anything_and_stores_nothing(
    client: FlaskClient, filled: dict[str, str], session: Session, field: str
) -> None:
    before = counts(session)

    for kind in HOSTILE:
        answer = client.post(
            f"{PAGE}/letter",
            data=encoded(filled, field, kind),
            content_type=FORM_TYPE,
            headers=SAME_ORIGIN,
        )
        assert_harmless(answer, f"{kind} in {field}")

    assert counts(session) == before


@pytest.mark.parametrize("step", ["letter", "details", "post"])
@pytest.mark.parametrize("fields", [DETAIL_FIELDS, WORD_FIELDS], ids=["details", "words"])
def test_no_step_before_send_stores_anything_though_every_field_is_hostile(
    client: FlaskClient, filled: dict[str, str], session: Session, step: str, fields: list[str]
) -> None:
    before = counts(session)

    for kind in HOSTILE:
        body = encoded({k: v for k, v in filled.items() if k not in fields}, "", kind)
        bad = [encoded({}, field, kind) for field in fields]
        answer = client.post(
            f"{PAGE}/{step}",
            data=b"&".join([body, *bad]),
            content_type=FORM_TYPE,
            headers=SAME_ORIGIN,
        )
        assert_harmless(answer, f"{kind} at {step}")

    assert counts(session) == before


@pytest.mark.parametrize("field", [*DETAIL_FIELDS, *WORD_FIELDS])
def test_send_takes_it_harmlessly_or_says_what_is_wrong(
    app: Flask,
    settings: Settings,
    client: FlaskClient,
    filled: dict[str, str],
    at_once: Campaign,
    field: str,
) -> None:
    for kind in HOSTILE:
        now = clock.now()
        pairs = {**filled, "form_id": form_ids.issue("fair-care-everywhere", now)}
        answer = client.post(
            f"{PAGE}/send",
            data=encoded(pairs, field, kind),
            content_type=FORM_TYPE,
            headers=SAME_ORIGIN,
        )
        assert_harmless(answer, f"{kind} in {field} at Send")

    for raw in left(app, settings):
        assert_clean(raw, field)


def left(app: Flask, settings: Settings) -> Iterator[bytes]:
    """Send everything that is due, and give each mail as it left."""
    with app.app_context():
        line = tasks.line(settings, render)
        while dispatch.drain(line):
            pass
        failed = db.session.scalars(
            select(Message.last_reply).where(Message.last_reply.like("could not be built%"))
        ).all()
    assert not failed
    for mail in mailbox.caught(settings.mailbox):
        yield mailbox.raw(settings.mailbox, mail.id)


OUR_HEADERS = {
    *("date", "from", "to", "reply-to", "subject", "message-id", "mime-version"),
    *("content-type", "content-transfer-encoding", "x-campaign-id"),
    *("auto-submitted", "x-auto-response-suppress"),
}


def assert_clean(raw: bytes, what: str) -> None:
    """Only our headers, each once; one address in each; no control characters in the words."""
    mail = message_from_bytes(raw, policy=policy.default)
    names = [name.lower() for name, _ in mail.items()]
    assert set(names) <= OUR_HEADERS, what
    assert len(names) == len(set(names)), what
    assert [len(mail[name].addresses) for name in ("From", "To")] == [1, 1], what
    assert not mail.defects, what
    body = mail.get_body(("plain",))
    assert body is not None, what
    assert not re.search(
        r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]",
        body.get_content().replace("\r\n", "\n"),
    ), what


@pytest.mark.parametrize("kind", ["formula", "script", "template", "statement", "emoji", "percent"])
def test_own_words_arrive_as_they_were_typed(
    app: Flask, settings: Settings, someone: Someone, at_once: Campaign, kind: str
) -> None:
    someone.sends_letter(HOSTILE[kind])

    letters = [raw for raw in left(app, settings) if b"X-Campaign-ID" in raw]
    words = message_from_bytes(letters[0], policy=policy.default).get_body(("plain",))
    assert words is not None
    assert HOSTILE[kind] in " ".join(words.get_content().split("\r\n"))


@pytest.mark.parametrize(
    "name", ["Siân", "Llŷr-Ŵyn", "O'Brien", "O’Brien", "Ødegård", "محمد", "Ng", "de la Cruz"]
)
def test_names_keep_their_letters(someone: Someone, session: Session, name: str) -> None:
    someone.sends_letter(first_name=name, last_name=name)

    letter = session.scalars(select(Letter)).one()
    assert (letter.first_name, letter.last_name) == (name, name)


@pytest.mark.parametrize(
    "field", ["first_name", "last_name", "address_line_1", "email", "postcode"]
)
def test_what_must_be_there_is_asked_for_even_when_something_invisible_was_typed(
    someone: Someone, field: str
) -> None:
    for kind in ("empty", "blank", "only invisible", "only NUL"):
        someone.goes_to_letter(**{field: HOSTILE[kind]})
        assert someone.answer.status_code == 422, kind
        assert someone.errors[field].startswith("Enter your "), kind
        assert (field, someone.errors[field]) in someone.summary, kind


@pytest.mark.parametrize(
    "field", ["first_name", "last_name", "address_line_1", "address_line_2", "town", "email"]
)
def test_what_is_too_long_is_told_and_comes_back(someone: Someone, field: str) -> None:
    someone.goes_to_letter(**{field: LONG})

    assert someone.answer.status_code == 422
    assert field in someone.errors
    assert someone.values[field] == LONG


def test_words_that_are_too_long_come_back_whole(someone: Someone) -> None:
    someone.goes_to_letter()

    someone.presses("Send to", personal_message=LONG, consent_story="yes", consent_email="yes")

    assert someone.answer.status_code == 422
    assert "5000 letters too long" in someone.errors["personal_message"]
    typed = someone.values
    assert typed["personal_message"] == LONG
    assert (typed["consent_story"], typed["consent_email"]) == ("yes", "yes")
    assert typed["last_name"] == "Llŷr-Ŵyn"


@pytest.mark.parametrize(
    ("asks", "message"),
    [
        (["no such ask"], "Choose from the asks on this page."),
        ("three", "Choose two at most. Untick one or more."),
    ],
)
@pytest.mark.parametrize("button", ["/letter", "/send", "/post"])
def test_wrong_asks_are_told_beside_them_and_lose_no_words(
    someone: Someone, session: Session, asks: list[str] | str, message: str, button: str
) -> None:
    someone.goes_to_letter()
    if asks == "three":
        boxes = [e for e in someone.page.all("input") if e.get("name") == "asks"]
        asks = [box.get("value", "") for box in boxes[:3]]

    someone.presses(button, asks=asks, personal_message=WORDS, consent_story="yes")

    assert someone.answer.status_code == 422
    assert someone.errors["asks"] == message
    assert someone.values["personal_message"] == WORDS
    assert session.scalars(select(Letter)).all() == []


def test_an_ask_that_is_named_twice_counts_once(someone: Someone, session: Session) -> None:
    someone.goes_to_letter()
    box = next(e for e in someone.page.all("input") if e.get("name") == "asks")

    someone.presses("Send to", asks=[box.get("value", "")] * 3)

    assert session.scalars(select(Letter)).one().asks == [box.get("value")]


@pytest.mark.parametrize("value", ["1", "on", "true", "<script>", "nope"])
def test_only_our_own_yes_is_a_yes(someone: Someone, session: Session, value: str) -> None:
    someone.goes_to_letter()

    someone.presses("Send to", personal_message=WORDS, consent_story=value, consent_email=value)

    assert someone.heading == "May we send your own words?"
    assert session.scalars(select(Letter)).all() == []


def test_of_fields_that_come_twice_the_first_counts(someone: Someone, session: Session) -> None:
    someone.goes_to_letter()

    someone.presses("Send to", first_name=["Ann", "Bea"], email=["ann@gmail.com", "x"])

    letter = session.scalars(select(Letter)).one()
    assert (letter.first_name, letter.email) == ("Ann", "ann@gmail.com")


@pytest.mark.parametrize("step", ["letter", "send", "post", "details"])
def test_a_form_without_any_field_asks_for_all(
    someone: Someone, session: Session, step: str
) -> None:
    someone.sends(f"{PAGE}/{step}", [])

    assert someone.answer.status_code == (200 if step == "details" else 422)
    assert session.scalars(select(Letter)).all() == []


POSTS = ["letter", "details", "send", "post"]


@pytest.mark.parametrize("step", POSTS)
def test_ten_megabytes_are_refused_in_words(
    client: FlaskClient, someone: Someone, step: str
) -> None:
    body = b"personal_message=" + b"x" * 10_000_000

    answer = client.post(f"{PAGE}/{step}", data=body, content_type=FORM_TYPE, headers=SAME_ORIGIN)

    assert answer.status_code == 413
    assert "too long for us to read" in answer.text
    checked(answer)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xml", ""])
def test_what_is_no_form_is_refused_in_words(
    client: FlaskClient, someone: Someone, kind: str
) -> None:
    for step in POSTS:
        answer = client.post(f"{PAGE}/{step}", data=b"{}", content_type=kind, headers=SAME_ORIGIN)
        assert answer.status_code == 415, step
        assert "is not a form from our pages" in answer.text
        checked(answer)


ELSEWHERE = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:8000"},
    {"Origin": "https://localhost"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
]


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_a_form_from_elsewhere_is_refused_even_with_a_good_token(
    client: FlaskClient, filled: dict[str, str], session: Session, headers: dict[str, str]
) -> None:
    for step in POSTS:
        answer = client.post(f"{PAGE}/{step}", data=filled, headers=headers)
        assert answer.status_code == 403, step
        checked(answer)

    assert session.scalars(select(Letter)).all() == []


def test_without_headers_the_page_s_token_is_enough(someone: Someone, session: Session) -> None:
    someone.headers = {}

    someone.sends_letter()

    assert session.scalars(select(Letter)).one().last_name == "Llŷr-Ŵyn"


def other_tokens() -> dict[str, Callable[[], str]]:
    slug, now = "fair-care-everywhere", datetime.now(UTC)
    good = tokens.page_token
    return {
        "missing": lambda: "",
        "forged": lambda: good(slug, now=now)[:-1] + "!",
        "of another campaign": lambda: good("secondary", now=now),
        "30 hours old": lambda: good(slug, now=now - timedelta(hours=30)),
        "of tomorrow": lambda: good(slug, now=now + timedelta(hours=30)),
        "huge": lambda: "z" * 10_000,
    }


@pytest.mark.parametrize("kind", list(other_tokens()))
@pytest.mark.parametrize("step", ["letter", "send", "post"])
def test_an_old_or_false_token_brings_the_form_back_with_the_words(
    someone: Someone, filled: dict[str, str], session: Session, kind: str, step: str
) -> None:
    before = counts(session)
    someone.headers = {}

    someone.sends(f"{PAGE}/{step}", {**filled, "page_token": other_tokens()[kind]()})

    assert someone.answer.status_code == 422
    assert "Your words are still here." in someone.summary[0][1]
    typed = someone.values
    assert {name: typed[name] for name in DETAILS} == DETAILS
    assert (typed["personal_message"], typed["consent_story"]) == (WORDS, "yes")
    assert counts(session) == before
    someone.presses("Next")
    assert someone.heading.startswith("Your letter to ")


@pytest.mark.parametrize("kind", ["missing", "forged", "a day old", "of another campaign"])
def test_a_letter_page_that_is_too_old_comes_back_with_the_words(
    someone: Someone, filled: dict[str, str], session: Session, kind: str
) -> None:
    now = clock.now()
    ids = {
        "missing": "",
        "forged": filled["form_id"][:-1] + "!",
        "a day old": form_ids.issue("fair-care-everywhere", now - timedelta(hours=25)),
        "of another campaign": form_ids.issue("another", now),
    }

    someone.sends(f"{PAGE}/send", {**filled, "form_id": ids[kind]})

    assert "Please press Send again." in someone.summary[0][1]
    assert someone.values["personal_message"] == WORDS
    assert session.scalars(select(Letter)).all() == []
    someone.presses("Send to")
    assert someone.path.endswith("/thank-you")


@pytest.mark.parametrize(
    "slug", ["no-such", "%00", "a%00b", "%ED%A0%80", "%FF", "..", "A" * 5000, "<script>", "a b"]
)
def test_an_unknown_campaign_is_a_page_of_its_own(
    client: FlaskClient, someone: Someone, slug: str
) -> None:
    for path in ("", "/thank-you", "/letter"):
        answer = client.get(f"/campaigns/{slug}{path}", follow_redirects=True)
        assert answer.status_code == 404, path
        checked(answer)
    answer = client.post(f"/campaigns/{slug}/send", data=DETAILS, headers=SAME_ORIGIN)
    assert answer.status_code == 404


LINK_PATHS = {
    "/confirm/{}": letter_links.CONFIRM,
    "/confirm/{}/code": letter_links.THANKS,
    "/confirm/{}/again": letter_links.THANKS,
    "/confirm/{}/address": letter_links.THANKS,
    "/not-me/{}": letter_links.NOT_ME,
    "/unsubscribe/{}": letter_links.UNSUBSCRIBE,
    "/stay-in-touch/{}": letter_links.PROVEN,
    "/your-letter/{}/change": letter_links.OWN_PAGE,
    "/your-letter/{}/take-back": letter_links.OWN_PAGE,
}


@pytest.mark.parametrize("path", LINK_PATHS)
def test_a_link_that_was_tampered_with_leads_nowhere(
    app: Flask, client: FlaskClient, letter: Letter, session: Session, path: str
) -> None:
    with app.app_context():
        good = letter_links.link(letter, LINK_PATHS[path], clock.now())
        others = [letter_links.link(letter, p, clock.now()) for p in set(LINK_PATHS.values())]
        old = letter_links.link(letter, LINK_PATHS[path], clock.now() - timedelta(days=4000))
    before = counts(session)
    bad = [token for token in others if token != good]
    bad += [
        old,
        good[:-1],
        good + "x",
        good.upper(),
        "a" * 22,
        "%00",
        "..",
        "%ED%A0%80",
        "<script>",
    ]

    for token in bad:
        answer = client.post(path.format(token), data={"code": "123456"}, headers=SAME_ORIGIN)
        assert answer.status_code in {404, 405, 308}, token
        assert client.get(path.format(token)).status_code in {404, 405, 308}, token

    assert counts(session) == before


@pytest.mark.parametrize(
    ("path", "purpose", "field"),
    [
        ("/confirm/{}/code", letter_links.THANKS, "code"),
        ("/confirm/{}/address", letter_links.THANKS, "email"),
        *[
            ("/your-letter/{}/change", letter_links.OWN_PAGE, name)
            for name in ("personal_message", "consent_story", "asks", "words_decision")
        ],
    ],
)
def test_forms_behind_links_take_anything_harmlessly(
    app: Flask, client: FlaskClient, letter: Letter, path: str, purpose: str, field: str
) -> None:
    for kind in HOSTILE:
        with app.app_context():
            token = letter_links.link(letter, purpose, clock.now())
        answer = client.post(
            path.format(token),
            data=encoded({"personal_message": WORDS, "consent_story": "yes"}, field, kind),
            content_type=FORM_TYPE,
            headers=SAME_ORIGIN,
        )
        assert_harmless(answer, f"{kind} in {field}")


@pytest.mark.parametrize(
    "field",
    [
        *("phone", "consent_phone", "consent_sms", "consent_post"),
        *("address_line_1", "address_line_2", "town", "postcode"),
    ],
)
def test_the_form_for_other_channels_takes_anything_harmlessly(
    app: Flask, client: FlaskClient, someone: Someone, letter: Letter, field: str
) -> None:
    with app.app_context():
        confirm = letter_links.link(letter, letter_links.CONFIRM, clock.now())
        proven = letter_links.link(letter, letter_links.PROVEN, clock.now())
    client.post(f"/confirm/{confirm}", headers=SAME_ORIGIN)
    yes = {
        **dict.fromkeys(("consent_phone", "consent_sms", "consent_post"), "yes"),
        "phone": "020 7946 0123",
        "address_line_1": "1 Road",
        "postcode": "SE1 2DL",
    }

    for kind in HOSTILE:
        answer = client.post(
            f"/stay-in-touch/{proven}",
            data=encoded(yes, field, kind),
            content_type=FORM_TYPE,
            headers=SAME_ORIGIN,
        )
        assert_harmless(answer, f"{kind} in {field}")


@pytest.mark.parametrize("query", ["source", "letter", "proven", "again", "sent", "kept"])
def test_a_query_takes_anything_harmlessly(
    client: FlaskClient, someone: Someone, query: str
) -> None:
    for kind, value in HOSTILE.items():
        text = value if kind in ENCODED else quote_plus(value)
        for path in (PAGE, f"{PAGE}/thank-you", "/"):
            assert_harmless(client.get(f"{path}?{query}={text}"), f"{kind} in {query}")
