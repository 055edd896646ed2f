"""The supporter's own page of a letter: how it stands, change it, take it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from campaign_app import clock
from campaign_app.actions import holder_changed, letter_links, letter_messages, take_back
from campaign_app.campaigns.models import Campaign
from campaign_app.database import db, transaction
from campaign_app.delivery.models import MessageState
from campaign_app.errors import WrongState
from campaign_app.letters.catalogue import Catalogue, LetterTemplate
from campaign_app.letters.fields import LetterFields
from campaign_app.letters.merge import LetterText, merge
from campaign_app.letters.models import Letter, LetterState
from campaign_app.places.areas import area_name
from campaign_app.public import wordings
from campaign_app.public.forms import WordsForm, problems
from campaign_app.public.journey import rules
from campaign_app.supporters import consents
from campaign_app.supporters.consents import Choice, Shown
from campaign_app.supporters.models import Basis, Channel, Purpose
from campaign_app.targets.models import Target
from campaign_app.web.guard import check_link_form
from campaign_app.web.headers import behind_a_link
from campaign_app.web.languages import N_, language

pages = Blueprint("own_letter", __name__, url_prefix="/your-letter/<token>")

UNPROCESSABLE = 422
LEFT = N_("This letter has left or was stopped, so its words cannot be changed any more.")
NOBODY = N_("Nobody holds this office at the moment, so the letter cannot go there yet.")


@pages.get("")
def show(token: str) -> Response:
    """Show how the letter stands, and what can still be done."""
    return _page(token, _follow(db.session(), token), None)


@pages.post("/take-back")
def stop(token: str) -> AnyResponse:
    """Take the letter back before it leaves."""
    check_link_form()
    with transaction() as session:
        take_back.take_back(session, _follow(session, token), clock.now())
    return redirect(url_for("own_letter.show", token=token), code=303)


@pages.post("/change")
def change(token: str) -> AnyResponse:
    """Put new words into a letter that has not left; words need their tick here too."""
    check_link_form()
    with transaction() as session:
        letter = _follow(session, token)
        if not take_back.can_change(session, letter):
            raise WrongState(LEFT)
        form = _form(session, letter, MultiDict(request.form))
        if not form.validate() or _tick_missing(form):
            return _page(token, letter, form)
        _change(session, letter, form)
    return redirect(url_for("own_letter.show", token=token, changed="1"), code=303)


@pages.post("/new-holder")
def send_on(token: str) -> AnyResponse:
    """Let a held letter go to whoever holds the office now, on its writer's word."""
    check_link_form()
    now = clock.now()
    with transaction() as session:
        letter = _follow(session, token)
        target = holder_changed.new_holder(session, letter)
        if target is None:
            raise WrongState(NOBODY)
        _agree_to_words(session, letter, now)
        text = _text(session, letter, letter.own_words or "", tuple(letter.asks), target)
        holder_changed.send_to_new_holder(session, letter, target, text, rules=rules(), now=now)
    return redirect(url_for("own_letter.show", token=token, changed="1"), code=303)


def _agree_to_words(session: Session, letter: Letter, now: datetime) -> None:
    """Record that the words may go to somebody else than was agreed at Send."""
    if letter.own_words:
        shown = wordings.on_letter_page(session, now)
        page = Shown("own page, new holder", language(), letter.campaign_id, now)
        proven = letter.confirmed_at is not None
        consents.record(session, letter.subject_id, [_story(shown)], page, proven=proven)


def _story(shown: wordings.Wordings) -> Choice:
    return Choice(
        Channel.STORY,
        Purpose.STORY_TO_TARGET,
        granted=True,
        wording_id=shown.story,
        basis=Basis.EXPLICIT_CONSENT,
    )


def _tick_missing(form: WordsForm) -> bool:
    missing = bool(form.words) and not form.consented
    if missing:
        form.consent_story.errors = [gettext(wordings.TICK_MISSING)]
    return missing


def _change(session: Session, letter: Letter, form: WordsForm) -> None:
    now = clock.now()
    text = _text(session, letter, form.words, form.chosen)
    shown = wordings.on_letter_page(session, now)
    take_back.change_words(
        session,
        letter,
        text,
        asks=form.chosen,
        story=_story(shown) if text.own_words else None,
        shown=Shown("own page", language(), letter.campaign_id, now),
        rules=rules(),
    )


def _follow(session: Session, token: str) -> Letter:
    return letter_links.follow(session, token, letter_links.OWN_PAGE, clock.now())


def _template(session: Session, letter: Letter) -> LetterTemplate:
    campaign = session.get_one(Campaign, letter.campaign_id)
    catalogue: Catalogue = current_app.extensions["campaign_letters"]
    return catalogue.letter(campaign.slug, campaign.target_kind or "", letter.lang)


def _text(
    session: Session,
    letter: Letter,
    own_words: str,
    asks: tuple[str, ...],
    target: Target | None = None,
) -> LetterText:
    """Return the letter again with other words, or to another target; the rest is as at Send."""
    target = target or session.get_one(Target, letter.target_id)
    fields = LetterFields(
        name=f"{letter.first_name or ''} {letter.last_name or ''}".strip(),
        postcode=letter.postcode or "",
        outcode=letter.outcode or "",
        address_lines=tuple((letter.address or "").split("\n")),
        representative=target.name,
        salutation=target.salutation,
        constituency=area_name(session, letter.pcon or "", lang=letter.lang) or "",
        alliance=area_name(session, letter.alliance or "", lang=letter.lang) or "",
        organisation=rules().organisation.name,
    )
    return replace(
        merge(_template(session, letter), fields, seed=letter.seed, own_words=own_words, asks=asks),
        subject=letter.subject,
    )


def _form(session: Session, letter: Letter, typed: MultiDict[str, str] | None) -> WordsForm:
    form = (
        WordsForm(typed)
        if typed is not None
        else WordsForm(personal_message=letter.own_words or "", asks=letter.asks)
    )
    form.offer_asks([(ask.key, ask.text) for ask in _template(session, letter).asks])
    return form


def _page(token: str, letter: Letter, form: WordsForm | None) -> Response:
    session = db.session()
    found = problems(form) if form else []
    page = render_template(
        "public/own_letter.html",
        token=token,
        letter=letter,
        message=letter_messages.own_message(session, letter),
        can_change=take_back.can_change(session, letter),
        states=LetterState,
        form=form or _form(session, letter, None),
        problems=found,
        errors=bool(found),
        target=session.get_one(Target, letter.target_id),
        new_holder=_asked_about(session, letter),
        not_me=letter_links.link(letter, letter_links.NOT_ME, clock.now()),
        wording=wordings,
        now=clock.now(),
        changed=request.args.get("changed") == "1",
    )
    response = behind_a_link(make_response(page))
    response.status_code = UNPROCESSABLE if found else 200
    return response


def _asked_about(session: Session, letter: Letter) -> Target | None:
    """Return the new holder whom a released letter that is held could go to."""
    message = letter_messages.own_message(session, letter)
    if letter.state is not LetterState.RELEASED or message.state is not MessageState.HELD:
        return None
    return holder_changed.new_holder(session, letter)
