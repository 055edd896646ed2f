"""Every address that the app knows: no GET changes anything, and no POST is open to strangers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from campaign_app import clock
from campaign_app.actions import letter_links
from campaign_app.letters.models import Letter
from tests.doors.content import PAGE
from tests.doors.person import SAME_ORIGIN, Someone, checked
from tests.doors.rows import counts, picture

#: A link's own token speaks for these; the guard only refuses what says that it comes from
#: elsewhere. Whoever adds a route must say here what speaks for it.
SPOKEN_FOR_BY_THEIR_LINK = {
    "confirming.confirm": letter_links.CONFIRM,
    "confirming.not_me": letter_links.NOT_ME,
    "own_letter.change": letter_links.OWN_PAGE,
    "own_letter.stop": letter_links.OWN_PAGE,
    "own_letter.send_on": letter_links.OWN_PAGE,
    "thanks.add_channels": letter_links.PROVEN,
    "thanks.code": letter_links.THANKS,
    "thanks.mend_address": letter_links.THANKS,
    "thanks.send_again": letter_links.THANKS,
}
#: Mail programs press this without any page of ours (RFC 8058), so no header is asked for.
EXEMPT = {"confirming.unsubscribe": letter_links.UNSUBSCRIBE}
#: The page's token or the browser's headers speak for these.
GUARDED = {"letters.details", "letters.letter", "letters.post", "letters.send"}
LINKS = {**SPOKEN_FOR_BY_THEIR_LINK, **EXEMPT}
EMAILED = {
    "/confirm/": letter_links.CONFIRM,
    "/not-me/": letter_links.NOT_ME,
    "/unsubscribe/": letter_links.UNSUBSCRIBE,
    "/your-letter/": letter_links.OWN_PAGE,
    f"{PAGE}/thank-you?letter=": letter_links.THANKS,
    f"{PAGE}/thank-you?proven=": letter_links.PROVEN,
}


def rules(app: Flask, method: str) -> list[Rule]:
    """Every address of the public doors that takes a method."""
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or set())]


def path_of(app: Flask, rule: Rule, token: str) -> str:
    values = {"slug": "fair-care-everywhere", "token": token, "name": "css/site.css"}
    with app.test_request_context():
        known: dict[str, Any] = {name: values[name] for name in rule.arguments}
        path: str = app.url_for(rule.endpoint, **known)
        return path


def token_of(app: Flask, letter: Letter, purpose: str) -> str:
    with app.app_context():
        return letter_links.link(letter, purpose, clock.now())


def test_every_post_is_on_a_list(app: Flask) -> None:
    found = {rule.endpoint for rule in rules(app, "POST")}

    assert found == GUARDED | set(SPOKEN_FOR_BY_THEIR_LINK) | set(EXEMPT)


def test_a_post_without_headers_and_token_changes_nothing(
    app: Flask, client: FlaskClient, letter: Letter, session: Session
) -> None:
    before = picture(session)

    for rule in rules(app, "POST"):
        answer = client.post(path_of(app, rule, "x" * 22 + ".abc." + "y" * 22))
        again = rule.endpoint in GUARDED
        assert answer.status_code == (
            200 if rule.endpoint == "letters.details" else 422 if again else 404
        )

    assert picture(session) == before


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}],
    ids=str,
)
def test_a_post_from_elsewhere_is_refused_even_with_a_good_link(
    app: Flask, client: FlaskClient, letter: Letter, session: Session, headers: dict[str, str]
) -> None:
    before = picture(session)

    for endpoint, purpose in SPOKEN_FOR_BY_THEIR_LINK.items():
        rule = next(rule for rule in rules(app, "POST") if rule.endpoint == endpoint)
        answer = client.post(path_of(app, rule, token_of(app, letter, purpose)), headers=headers)
        assert answer.status_code == 403, endpoint
        checked(answer)

    assert picture(session) == before


def test_a_wrong_type_is_refused_behind_every_link(
    app: Flask, client: FlaskClient, letter: Letter, session: Session
) -> None:
    before = picture(session)

    for endpoint, purpose in SPOKEN_FOR_BY_THEIR_LINK.items():
        rule = next(rule for rule in rules(app, "POST") if rule.endpoint == endpoint)
        path = path_of(app, rule, token_of(app, letter, purpose))
        answer = client.post(path, json={"code": "123456"}, headers=SAME_ORIGIN)
        assert answer.status_code == 415, endpoint

    assert picture(session) == before


def test_ten_megabytes_are_refused_behind_every_link(
    app: Flask, client: FlaskClient, letter: Letter
) -> None:
    for endpoint in ("thanks.code", "thanks.mend_address", "own_letter.change"):
        rule = next(rule for rule in rules(app, "POST") if rule.endpoint == endpoint)
        path = path_of(app, rule, token_of(app, letter, LINKS[endpoint]))
        answer = client.post(path, data={"code": "x" * 10_000_000}, headers=SAME_ORIGIN)
        assert answer.status_code == 413, endpoint


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_no_get_changes_a_single_row(
    app: Flask, client: FlaskClient, letter: Letter, session: Session, method: str
) -> None:
    before = picture(session)

    for rule in rules(app, method):
        for purpose in set(LINKS.values()):
            path = path_of(app, rule, token_of(app, letter, purpose))
            answer = client.open(path, method=method)
            assert answer.status_code < 500, path
            assert method != "HEAD" or answer.data == b""

    assert picture(session) == before


def test_opening_an_emailed_link_twenty_times_changes_nothing(
    app: Flask, client: FlaskClient, letter: Letter, session: Session
) -> None:
    before = picture(session)

    for path, purpose in EMAILED.items():
        link = path + token_of(app, letter, purpose)
        for _ in range(20):
            assert client.get(link).status_code == 200
            assert client.head(link).status_code == 200

    assert picture(session) == before


def test_the_wrong_method_is_told_with_what_is_allowed(
    app: Flask, client: FlaskClient, someone: Someone
) -> None:
    for rule in rules(app, "GET"):
        path = path_of(app, rule, "x" * 22 + ".abc." + "y" * 22)
        answer = client.delete(path)
        assert answer.status_code == 405, path
        assert "GET" in answer.headers["Allow"]
        checked(answer)


def test_the_wrong_method_on_a_form_is_told_too(client: FlaskClient, letter: Letter) -> None:
    answer = client.get("/your-letter/abc/take-back")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "OPTIONS, POST" or "POST" in answer.headers["Allow"]


def test_one_click_stops_the_emails_without_any_header(
    app: Flask, client: FlaskClient, letter: Letter, session: Session, now: datetime
) -> None:
    path = f"/unsubscribe/{token_of(app, letter, letter_links.UNSUBSCRIBE)}"
    before = counts(session)

    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert counts(session)["suppression"] == before["suppression"] + 1
    assert counts(session)["letter"] == before["letter"]


def test_one_click_from_another_origin_stops_only_what_its_link_names(
    app: Flask, client: FlaskClient, letter: Letter, session: Session
) -> None:
    path = f"/unsubscribe/{token_of(app, letter, letter_links.UNSUBSCRIBE)}"
    headers = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}

    answers = [client.post(path, headers=headers).status_code for _ in range(2)]

    assert answers == [200, 200]
    assert client.post("/unsubscribe/x.y.z", headers=headers).status_code == 404
    assert counts(session)["suppression"] == 1
