"""The pages of a letter: details, the letter itself, and Send (decision 0003)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from campaign_app import clock
from campaign_app.actions import email_target, letter_links
from campaign_app.actions.email_target import Draft, Occasion
from campaign_app.campaigns.models import Kind
from campaign_app.campaigns.published import published
from campaign_app.database import db, transaction
from campaign_app.errors import (
    InvalidInput,
    NotFound,
    PlacesUnavailable,
    TooMany,
    UnknownPostcode,
)
from campaign_app.letters.merge import Part
from campaign_app.places.situation import situation
from campaign_app.public import wordings
from campaign_app.public.forms import problems
from campaign_app.public.journey import Elsewhere, Journey, Located, rules
from campaign_app.supporters.consents import Choice
from campaign_app.supporters.models import Basis, Channel, Purpose
from campaign_app.vault.tokens import page_token
from campaign_app.web import form_ids
from campaign_app.web.guard import Verdict, check_form
from campaign_app.web.languages import N_, language
from campaign_app.web.network import visitor_network

pages = Blueprint("letters", __name__, url_prefix="/campaigns/<slug:slug>")

UNPROCESSABLE = 422
TOO_MANY = 429
UNAVAILABLE = 503
Problems = list[tuple[str | None, str]]
STALE = N_(
    "This page was open for a long time. Your words are still here. Please press Next again."
)
STALE_LETTER = N_(
    "This page was open for a long time. Your words are still here. Please press Send again."
)


@pages.get("/letter", endpoint="letter_get")
@pages.get("/details", endpoint="details_get")
@pages.get("/send", endpoint="send_get")
@pages.get("/post", endpoint="post_get")
def back_to_start(slug: str) -> AnyResponse:
    """Lead someone who reloads or keeps the address of a step back to its campaign."""
    return redirect(url_for("campaigns.campaign", slug=slug), code=303)


@pages.post("/details")
def details(slug: str) -> AnyResponse:
    """Show the first step again with everything that was typed: the way back."""
    journey = _journey(slug)
    # An old page is no trouble here: the one that is shown next is fresh.
    check_form(slug)
    return details_page(journey, [])


@pages.post("/letter")
def letter(slug: str) -> AnyResponse:
    """Show the letter: NEXT from the details, or Show my letter with more words in it."""
    return _with_place(_journey(slug), _letter_step)


@pages.post("/send")
def send(slug: str) -> AnyResponse:
    """Take the letter, or ask once more what may be sent."""
    return _with_place(_journey(slug), _send_step)


@pages.post("/post")
def post(slug: str) -> AnyResponse:
    """Show the letter on a page to print, with the address to post it to."""
    return _with_place(_journey(slug), _print_step)


def _journey(slug: str) -> Journey:
    campaign = published(db.session(), slug)
    if campaign.kind is not Kind.EMAIL_TARGET:
        raise NotFound
    return Journey(campaign, MultiDict(request.form), clock.now())


def _with_place(journey: Journey, step: Callable[[Journey, Located], AnyResponse]) -> AnyResponse:
    """Check the guard, the details and the place, then take the step."""
    if check_form(journey.campaign.slug) is Verdict.STALE:
        return details_page(journey, [(None, _(STALE))])
    if not journey.campaign.takes_letters:
        # Not a redirect: a cache may still hold the page from when it took letters.
        return details_page(journey, [])
    if special := journey.special():
        return elsewhere_page(journey, Elsewhere(situation(special)))
    found = journey.detail_problems()
    return details_page(journey, found) if found else _located(journey, step)


def _located(journey: Journey, step: Callable[[Journey, Located], AnyResponse]) -> AnyResponse:
    try:
        where = journey.locate()
    except UnknownPostcode as unknown:
        return details_page(journey, journey.unknown(unknown))
    except PlacesUnavailable as unavailable:
        words = f"{_(unavailable.message)} {_(unavailable.what_next)}"
        return details_page(journey, [(None, words)], UNAVAILABLE)
    if isinstance(where, Elsewhere):
        return elsewhere_page(journey, where)
    return step(journey, where)


def _letter_step(journey: Journey, located: Located) -> AnyResponse:
    if "personal_message" not in journey.typed:
        return letter_page(journey, located, [])
    journey.letter.validate()
    if request.form.get("fragment") == "letter" and not journey.letter.errors:
        facts = _letter_facts(journey, journey.draft(located))
        return make_response(render_template("public/letter_fragment.html", **facts))
    return letter_page(journey, located, problems(journey.letter))


def _print_step(journey: Journey, located: Located) -> AnyResponse:
    journey.letter.validate()
    if journey.letter.errors:
        return letter_page(journey, located, problems(journey.letter))
    draft = journey.draft(located)
    return _page("public/print.html", journey, text=draft.text(), draft=draft)


def _send_step(journey: Journey, located: Located) -> AnyResponse:
    form_id = form_ids.read(journey.letter.form_id.data or "", journey.campaign.slug, journey.now)
    journey.letter.validate()
    found: Problems = problems(journey.letter)
    if form_id is None:
        found.append((None, _(STALE_LETTER)))
    if found:
        return letter_page(journey, located, found)
    if journey.letter.words and not journey.letter.consented:
        return words_page(journey, located)
    try:
        return _send(journey, located, form_id)
    except TooMany as too_many:
        return _too_many(journey, located, too_many)


def _too_many(journey: Journey, located: Located, too_many: TooMany) -> Response:
    """Show the letter again: too many letters came, but nobody's words may be lost for it."""
    found: Problems = [(None, f"{_(too_many.message)} {_(too_many.what_next)}")]
    page = letter_page(journey, located, found)
    page.status_code = TOO_MANY
    page.headers["Retry-After"] = str(int(too_many.retry_after.total_seconds()))
    return page


def _send(journey: Journey, located: Located, form_id: form_ids.FormId | None) -> AnyResponse:
    draft = journey.draft(located)
    with transaction() as session:
        shown = wordings.on_letter_page(session, journey.now)
        sent = email_target.send(
            session,
            draft=draft,
            choices=_choices(journey, shown, story=bool(draft.own_words)),
            occasion=_occasion(journey, shown, form_id),
            rules=rules(),
        )
        token = letter_links.link(sent.letter, letter_links.THANKS, journey.now)
    again: dict[str, Any] = {"again": "1"} if sent.again else {}
    where = url_for("thanks.thank_you", slug=journey.campaign.slug, letter=token, **again)
    return redirect(where, code=303)


def _choices(journey: Journey, shown: wordings.Wordings, *, story: bool) -> list[Choice]:
    email = Choice(Channel.EMAIL, Purpose.UPDATES, journey.letter.email_choice, shown.contact)
    told = Choice(
        Channel.STORY,
        Purpose.STORY_TO_TARGET,
        True if story else None,
        shown.story,
        Basis.EXPLICIT_CONSENT,
    )
    objected = False if journey.letter.profiling_objection.data else None
    studied = Choice(
        Channel.ANY, Purpose.PROFILING, objected, shown.analysis, Basis.LEGITIMATE_INTEREST
    )
    return [email, told, studied]


def _occasion(
    journey: Journey, shown: wordings.Wordings, form_id: form_ids.FormId | None
) -> Occasion:
    if form_id is None:
        raise InvalidInput
    return Occasion(
        form_id=form_id.id,
        page_age=form_id.age,
        network=visitor_network(),
        traffic_source=journey.traffic_source,
        notice_id=shown.notice,
        page="letter",
        lang=language(),
        now=journey.now,
    )


def details_page(journey: Journey, found: Problems, status: int = UNPROCESSABLE) -> Response:
    """Show the campaign's page with the form as it was typed, and what is wrong."""
    return _page(
        "public/campaign.html",
        journey,
        status if found else 200,
        problems=found,
        errors=bool(found),
    )


def letter_page(journey: Journey, located: Located, found: Problems) -> Response:
    """Show the letter with its words box, the contact question, and Send."""
    draft = journey.draft(located, with_words=not journey.letter.personal_message.errors)
    return _page(
        "public/letter.html",
        journey,
        UNPROCESSABLE if found else 200,
        problems=found,
        errors=bool(found),
        located=located,
        wording=wordings,
        form_id=form_ids.issue(journey.campaign.slug, journey.now),
        **_letter_facts(journey, draft),
    )


def words_page(journey: Journey, located: Located) -> Response:
    """Ask what becomes of words that came without the tick (trust.md P18)."""
    return _page("public/words.html", journey, located=located, wording=wordings)


def elsewhere_page(journey: Journey, where: Elsewhere) -> Response:
    """Show the page of a place from which no letter can be sent, in its own words."""
    return _page("public/elsewhere.html", journey, where=where)


def _letter_facts(journey: Journey, draft: Draft) -> dict[str, Any]:
    text = draft.text()
    return {
        "letter_subject": text.subject,
        "letter_to": draft.target.name,
        "letter_head": [paragraph.text for paragraph in text.head],
        "letter_words": text.own_words,
        "letter_tail": [one.text for one in text.tail if one.part is not Part.SIGNATURE],
        "letter_signature": list(text.paragraphs[-1].lines),
        "letter_foot": journey.footer(draft),
    }


def _page(template: str, journey: Journey, status: int = 200, **facts: Any) -> Response:  # noqa: ANN401 - template values.
    page = make_response(
        render_template(
            template,
            journey=journey,
            campaign=journey.campaign,
            details=journey.details,
            form=journey.letter,
            page_token=page_token(journey.campaign.slug, now=journey.now),
            source=journey.traffic_source,
            **{"problems": [], "errors": False, **facts},
        )
    )
    page.status_code = status
    # Kept by this browser alone, so that Back gives the typed words back (decision 0003).
    page.headers["Cache-Control"] = "private, no-cache"
    return page
