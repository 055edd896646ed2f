"""Pages behind the links of our emails: opening one changes nothing, its button does."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from campaign_app import clock
from campaign_app.actions import (
    confirm_letter,
    contact_choices,
    letter_links,
    take_back,
)
from campaign_app.database import db, transaction
from campaign_app.letters.models import LetterState
from campaign_app.public.journey import rules
from campaign_app.public.thanks import to_thanks
from campaign_app.supporters.consents import Shown
from campaign_app.web.guard import check_link_form
from campaign_app.web.headers import behind_a_link
from campaign_app.web.languages import language

pages = Blueprint("confirming", __name__)


@pages.get("/confirm/<token>")
def confirm_page(token: str) -> Response:
    """Show what confirming does, with its button."""
    letter = letter_links.follow(db.session(), token, letter_links.CONFIRM, clock.now())
    return _page("public/confirm.html", token=token, letter=letter, states=LetterState)


@pages.post("/confirm/<token>")
def confirm(token: str) -> AnyResponse:
    """Confirm a letter by the button; pressing it twice changes nothing."""
    check_link_form()
    now = clock.now()
    with transaction() as session:
        letter = letter_links.follow(session, token, letter_links.CONFIRM, now)
        confirm_letter.confirm(session, letter, rules(), now)
        proven = letter_links.link(letter, letter_links.PROVEN, now)
    return to_thanks(letter, proven=proven)


@pages.get("/not-me/<token>")
def not_me_page(token: str) -> Response:
    """Show what "this was not me" does, with its button."""
    letter = letter_links.follow(db.session(), token, letter_links.NOT_ME, clock.now())
    return _page("public/not_me.html", token=token, letter=letter, done=None)


@pages.post("/not-me/<token>")
def not_me(token: str) -> Response:
    """Stop a letter that somebody else wrote in this person's name."""
    check_link_form()
    with transaction() as session:
        letter = letter_links.follow(session, token, letter_links.NOT_ME, clock.now())
        in_time = take_back.not_me(session, letter, clock.now())
    return _page("public/not_me.html", token=token, letter=letter, done=in_time)


@pages.get("/unsubscribe/<token>")
def unsubscribe_page(token: str) -> Response:
    """Show what stopping does, with its button."""
    letter_links.follow(db.session(), token, letter_links.UNSUBSCRIBE, clock.now())
    return _page("public/unsubscribe.html", token=token, done=False)


@pages.post("/unsubscribe/<token>")
def unsubscribe(token: str) -> Response:
    """Stop news by email at once.

    A mail program presses this for its reader without any page of ours (RFC 8058), so the
    token alone is the proof and no browser header is asked for.
    """
    now = clock.now()
    page = "one click" if "List-Unsubscribe" in request.form else "unsubscribe"
    with transaction() as session:
        letter = letter_links.follow(session, token, letter_links.UNSUBSCRIBE, now)
        shown = Shown(page, language(), letter.campaign_id, now)
        contact_choices.stop_emails(session, letter, shown)
    return _page("public/unsubscribe.html", token=token, done=True)


def _page(template: str, **facts: object) -> Response:
    return behind_a_link(make_response(render_template(template, **facts)))
