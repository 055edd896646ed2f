"""Thank you: what happened, what comes next, the code, and other ways to stay in touch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from campaign_app import clock
from campaign_app.actions import confirm_letter, contact_choices, letter_links, letter_messages
from campaign_app.actions.contact_choices import ContactDetails
from campaign_app.campaigns.models import Campaign
from campaign_app.campaigns.published import PublishedCampaign, published
from campaign_app.database import db, transaction
from campaign_app.errors import LinkRefused, TooMany
from campaign_app.letters.models import Letter, LetterState
from campaign_app.public import wordings
from campaign_app.public.forms import (
    AddressForm,
    ChannelsForm,
    CodeForm,
    choice,
    problems,
)
from campaign_app.public.journey import rules
from campaign_app.supporters.addresses import masked
from campaign_app.supporters.consents import Choice, Shown
from campaign_app.supporters.models import Channel, Purpose
from campaign_app.web.guard import check_link_form
from campaign_app.web.headers import behind_a_link
from campaign_app.web.languages import language

pages = Blueprint("thanks", __name__)


@dataclass(slots=True)
class Forms:
    """The forms of the thank-you page, as they were typed."""

    code_form: CodeForm = field(default_factory=CodeForm)
    address_form: AddressForm = field(default_factory=AddressForm)
    channels: ChannelsForm | None = None

    def problems(self) -> list[tuple[str | None, str]]:
        """Return what is wrong, for the error summary."""
        forms = (self.code_form, self.address_form, self.channels)
        return [problem for form in forms if form for problem in problems(form)]


UNPROCESSABLE = 422


@pages.get("/campaigns/<slug:slug>/thank-you")
def thank_you(slug: str) -> Response:
    """Show how things stand with the letter that the token names, or thanks alone."""
    campaign = published(db.session(), slug)
    letter, proven = _letter(db.session())
    if letter is not None and letter.campaign_id != campaign.id:
        raise LinkRefused
    if letter is None:
        return behind_a_link(
            make_response(render_template("public/thank_you_plain.html", campaign=campaign))
        )
    return thanks_page(campaign, letter, proven=proven)


def _letter(session: Session) -> tuple[Letter | None, bool]:
    now = clock.now()
    for argument, purpose in (("proven", letter_links.PROVEN), ("letter", letter_links.THANKS)):
        if token := request.args.get(argument):
            return letter_links.follow(session, token, purpose, now), purpose == letter_links.PROVEN
    return None, False


@pages.post("/confirm/<token>/code")
def code(token: str) -> AnyResponse:
    """Take the six digits; a wrong code is counted and told."""
    check_link_form()
    form, now = CodeForm(request.form), clock.now()
    with transaction() as session:
        letter = letter_links.follow(session, token, letter_links.THANKS, now)
        try:
            right = confirm_letter.confirm_by_code(
                session, letter, form.code.data or "", rules(), now
            )
        except TooMany as too_many:
            return _again(letter, code_form=_wrong(form, "code", _(too_many.message)))
        proven = letter_links.link(letter, letter_links.PROVEN, now)
    if right:
        return to_thanks(letter, proven=proven)
    return _again(letter, code_form=_wrong(form, "code", _(confirm_letter.WRONG_CODE)))


@pages.post("/confirm/<token>/again")
def send_again(token: str) -> AnyResponse:
    """Send a new code and link to the same address."""
    check_link_form()
    with transaction() as session:
        letter = letter_links.follow(session, token, letter_links.THANKS, clock.now())
        confirm_letter.send_again(session, letter, rules(), clock.now())
    return to_thanks(letter, letter=token, sent="1")


@pages.post("/confirm/<token>/address")
def mend_address(token: str) -> AnyResponse:
    """Put right a mistyped address and send a new code there."""
    check_link_form()
    form = AddressForm(request.form)
    with transaction() as session:
        letter = letter_links.follow(session, token, letter_links.THANKS, clock.now())
        if not form.validate():
            return _again(letter, address_form=form)
        confirm_letter.mend_address(session, letter, form.parsed_email, rules(), clock.now())
    return to_thanks(letter, letter=token, sent="1")


@pages.post("/stay-in-touch/<token>")
def add_channels(token: str) -> AnyResponse:
    """Take choices for phone, texts and post, from someone whose address is proven."""
    check_link_form()
    form, now = ChannelsForm(request.form), clock.now()
    with transaction() as session:
        letter = letter_links.follow(session, token, letter_links.PROVEN, now)
        if not form.validate():
            campaign = _campaign_of(session, letter)
            return thanks_page(campaign, letter, proven=True, forms=Forms(channels=form))
        shown = Shown("thank-you", language(), letter.campaign_id, now)
        contact_choices.add_channels(
            session, letter, _channel_choices(session, form), _contact_details(form), shown
        )
    return to_thanks(letter, proven=token, kept="1")


def _channel_choices(session: Session, form: ChannelsForm) -> list[Choice]:
    asked = (
        (Channel.PHONE, wordings.PHONE_QUESTION, form.consent_phone.data),
        (Channel.SMS, wordings.SMS_QUESTION, form.consent_sms.data),
        (Channel.POST, wordings.POST_QUESTION, form.consent_post.data),
    )
    return [
        Choice(
            channel,
            Purpose.UPDATES,
            choice(answer),
            wordings.kept(
                session, f"contact.{channel}", (question, wordings.CHANNELS_HINT), clock.now()
            ),
        )
        for channel, question, answer in asked
    ]


def _contact_details(form: ChannelsForm) -> ContactDetails:
    lines = (form.address_line_1.data, form.address_line_2.data, form.town.data)
    return ContactDetails(
        phone=form.phone.data or "",
        address="\n".join(line for line in lines if line),
        postcode=form.postcode.data or "",
    )


def to_thanks(act: Letter, /, **tokens: Any) -> AnyResponse:  # noqa: ANN401 - url_for's own.
    """Lead to the thank-you page of a letter, where every journey ends."""
    slug = db.session.get_one(Campaign, act.campaign_id).slug
    return redirect(url_for("thanks.thank_you", slug=slug, **tokens), code=303)


def _wrong(form: CodeForm, field: str, message: str) -> CodeForm:
    form[field].errors = [message]
    return form


def _again(
    letter: Letter,
    *,
    code_form: CodeForm | None = None,
    address_form: AddressForm | None = None,
) -> Response:
    """Show the page again with what went wrong beside its field; what was counted is kept."""
    campaign = _campaign_of(db.session(), letter)
    forms = Forms(code_form or CodeForm(), address_form or AddressForm())
    return thanks_page(campaign, letter, proven=False, forms=forms)


def _campaign_of(session: Session, letter: Letter) -> PublishedCampaign:
    return published(session, session.get_one(Campaign, letter.campaign_id).slug)


def thanks_page(
    campaign: PublishedCampaign,
    letter: Letter,
    *,
    proven: bool,
    forms: Forms | None = None,
) -> Response:
    """Show the thank-you page, with its forms as they were typed where something is wrong."""
    now = clock.now()
    forms = forms or Forms()
    found = forms.problems()
    page = render_template(
        "public/thank_you.html",
        campaign=campaign,
        letter=letter,
        states=LetterState,
        proven=proven,
        problems=found,
        errors=bool(found),
        code_form=forms.code_form,
        address_form=forms.address_form,
        channels=forms.channels or _prefilled(letter),
        wording=wordings,
        thanks_token=letter_links.link(letter, letter_links.THANKS, now),
        proven_token=letter_links.link(letter, letter_links.PROVEN, now) if proven else None,
        own_page=letter_links.link(letter, letter_links.OWN_PAGE, now) if proven else None,
        masked_email=masked(letter.email or ""),
        message=letter_messages.own_message(db.session(), letter),
        now=now,
        **_said(),
    )
    response = behind_a_link(make_response(page))
    response.status_code = UNPROCESSABLE if found else 200
    return response


def _said() -> dict[str, bool]:
    return {name: request.args.get(name) == "1" for name in ("again", "sent", "kept")}


def _prefilled(letter: Letter) -> ChannelsForm:
    lines = [*(letter.address or "").split("\n"), "", "", ""]
    return ChannelsForm(
        address_line_1=lines[0],
        address_line_2=lines[1] if lines[2] else "",
        town=lines[2] or lines[1],
        postcode=letter.postcode or "",
    )
