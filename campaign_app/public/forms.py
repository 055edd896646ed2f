"""The forms of the public pages: plain questions, kind messages, no rule of the business."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    Form,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # old stubs
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from campaign_app.actions.rules import LONGEST_WORDS
from campaign_app.actions.sender import Sender
from campaign_app.errors import UnknownPostcode
from campaign_app.letters.catalogue import MAX_CHOSEN_ASKS
from campaign_app.letters.clean import clean_text
from campaign_app.places.postcode import Postcode, PostcodeRefused, parse
from campaign_app.supporters.addresses import (
    BadAddress,
    EmailAddress,
    likely_meant,
    read_address,
)
from campaign_app.supporters.names import one_line
from campaign_app.web.languages import lazy as _

LONGEST_NAME = 80
LONGEST_LINE = 100
YES_NO = [SelectChoice("yes", _("Yes")), SelectChoice("no", _("No"))]


# Code points that are no characters (Unicode 23.7): no page and no mail may hold one.
_LAST_TWO = "".join(
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
_LINK = re.compile(r"://|www\.|/|@", re.IGNORECASE)
_NO_CHARACTERS = re.compile(f"[\ufdd0-\ufdef{_LAST_TWO}]")


def _line(value: str | None) -> str:
    return one_line(_NO_CHARACTERS.sub("", value or ""))


def _name(label: str, missing: str) -> StringField:
    too_long = _("Use %(number)s letters or fewer.", number=LONGEST_NAME)
    return StringField(
        label,
        filters=[_line],
        validators=[
            DataRequired(missing),
            Length(max=LONGEST_NAME, message=too_long),
            _without_link,
        ],
    )


def _without_link(_form: Form, field: Field) -> None:
    """Refuse a web address in a name: it would turn our mails into somebody's advert."""
    if _LINK.search(field.data or ""):
        raise ValidationError(_("Enter a name without a web address."))


def _address_line(label: str, missing: str | None = None) -> StringField:
    too_long = _("Use %(number)s letters or fewer.", number=LONGEST_LINE)
    # No Optional(): it would end the checks of an empty field before a form's own check of it.
    asked: list[DataRequired] = [DataRequired(missing)] if missing else []
    return StringField(
        label, filters=[_line], validators=[*asked, Length(max=LONGEST_LINE, message=too_long)]
    )


def _text(value: str | None) -> str:
    return clean_text(_NO_CHARACTERS.sub("", value or ""))


def _each_once(values: list[str] | None) -> list[str]:
    return list(dict.fromkeys(values or ()))


def _answer(value: str | None) -> str | None:
    return value if value in {"yes", "no"} else None


def _yes_or_no() -> RadioField:
    """Return a question that may stay open; anything but yes and no is no answer."""
    return RadioField(
        choices=YES_NO, filters=[_answer], validators=[Optional()], validate_choice=False
    )


class Tick(BooleanField):
    """A box that only our own ``yes`` ticks: agreement is never read out of anything else."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the box."""
        self.data = "yes" in valuelist


class DetailsForm(Form):
    """Who writes: the first step of a letter."""

    postcode = StringField(
        _("Postcode"),
        filters=[_line],
        validators=[DataRequired(_("Enter your postcode, like M20 4BX"))],
    )
    first_name = _name(_("First name"), _("Enter your first name"))
    last_name = _name(_("Last name"), _("Enter your last name"))
    email = StringField(
        _("Email address"),
        filters=[_line],
        validators=[DataRequired(_("Enter your email address, like name@example.com"))],
    )
    address_line_1 = _address_line(_("House and street"), _("Enter your house number and street"))
    address_line_2 = _address_line(_("Second address line"))
    town = _address_line(_("Town or city"))
    email_seen = HiddenField(
        filters=[_line]
    )  #: the address for which a slip was already pointed out

    parsed_postcode: Postcode
    parsed_email: EmailAddress
    suggestions: dict[str, str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms' own.
        """Start without suggestions."""
        super().__init__(*args, **kwargs)
        self.suggestions = {}

    def validate_postcode(self, field: Field) -> None:
        """Read the postcode; point out a likely slip without changing it."""
        try:
            self.parsed_postcode = parse(field.data)
        except PostcodeRefused as refused:
            if refused.suggestion is not None:
                self.suggestions["postcode"] = str(refused.suggestion)
            raise ValidationError(_(refused.message)) from None
        field.data = str(self.parsed_postcode)

    def validate_email(self, field: Field) -> None:
        """Read the address; a likely slip in its domain is asked about once."""
        try:
            self.parsed_email = read_address(field.data)
        except BadAddress as refused:
            raise ValidationError(_(refused.message)) from None
        meant = likely_meant(self.parsed_email)
        if meant and self.email_seen.data != self.parsed_email.written:
            self.suggestions["email"] = meant
            self.email_seen.data = self.parsed_email.written
            raise ValidationError(_("Check your email address. If it is right, go on."))

    def meant(self, name: str) -> str | None:
        """Return what a field's value was likely meant to be, whether it was asked or not."""
        if name == "email":
            self.email_seen.data = ""
        self.validate()
        return self.suggestions.get(name)

    def postcode_is_unknown(self, unknown: UnknownPostcode) -> None:
        """Put the words of a look-up beside the field."""
        self.postcode.errors = [*self.postcode.errors, _(unknown.message)]

    def sender(self) -> Sender:
        """Return the checked details; only after ``validate``."""
        lines = (self.address_line_1.data, self.address_line_2.data, self.town.data)
        return Sender(
            first_name=self.first_name.data or "",
            last_name=self.last_name.data or "",
            address=self.parsed_email,
            postcode=self.parsed_postcode,
            house_lines=tuple(line for line in lines if line),
        )


class WordsForm(Form):
    """What the supporter adds to the letter."""

    personal_message = TextAreaField(_("Why does this matter to you?"), filters=[_text])
    consent_story = Tick()
    asks = SelectMultipleField(
        _("Which of the six matter most to you?"), filters=[_each_once], validate_choice=False
    )
    words_decision = HiddenField()  #: ``send`` or ``leave out``, once that was asked

    offered: tuple[str, ...] = ()

    def offer_asks(self, choices: Iterable[tuple[str, str]]) -> None:
        """Say which asks there are."""
        offered = list(choices)
        self.asks.choices = [SelectChoice(key, text) for key, text in offered]
        self.offered = tuple(key for key, _text in offered)
        self.asks.data = self.asks.data or []

    def validate_personal_message(self, field: Field) -> None:
        """Keep a letter to a length that somebody reads."""
        if len(field.data or "") > LONGEST_WORDS:
            over = len(field.data) - LONGEST_WORDS
            raise ValidationError(
                _("Your words are %(over)s letters too long. Shorten them a little.", over=over)
            )

    def validate_asks(self, field: SelectMultipleField) -> None:
        """Take up to two of the asks that are there."""
        chosen = field.data or ()
        if not set(self.offered).issuperset(chosen):
            raise ValidationError(_("Choose from the asks on this page."))
        if len(chosen) > MAX_CHOSEN_ASKS:
            raise ValidationError(_("Choose two at most. Untick one or more."))

    @property
    def chosen(self) -> tuple[str, ...]:
        """Return the keys of the chosen asks: only such as are there, and no more than fit."""
        return tuple(key for key in self.asks.data or () if key in self.offered)[:MAX_CHOSEN_ASKS]

    @property
    def words(self) -> str:
        """Return what was typed; empty when the person decided to leave it out."""
        if self.words_decision.data == "leave out":
            return ""
        return (self.personal_message.data or "").strip()

    @property
    def consented(self) -> bool:
        """Return whether the words may be sent."""
        return bool(self.consent_story.data) or self.words_decision.data == "send"


class LetterForm(WordsForm):
    """The second step: words, the one contact question, and Send."""

    form_id = HiddenField()
    consent_email = _yes_or_no()
    profiling_objection = Tick()

    @property
    def email_choice(self) -> bool | None:
        """Return the answer to the contact question; None for no answer, which means no."""
        return {"yes": True, "no": False}.get(self.consent_email.data or "")


class CodeForm(Form):
    """The six digits from the email."""

    code = StringField(_("Six-digit code"), filters=[_line])


class AddressForm(Form):
    """A mended email address."""

    email = StringField(_("Email address"), filters=[_line])

    parsed_email: EmailAddress

    def validate_email(self, field: Field) -> None:
        """Read the address."""
        try:
            self.parsed_email = read_address(field.data)
        except BadAddress as refused:
            raise ValidationError(_(refused.message)) from None


class ChannelsForm(Form):
    """Other ways to hear from us, offered after the act."""

    phone = StringField(_("Phone number"), filters=[_line])
    consent_phone = _yes_or_no()
    consent_sms = _yes_or_no()
    address_line_1 = _address_line(_("House and street"))
    address_line_2 = _address_line(_("Second address line"))
    town = _address_line(_("Town or city"))
    postcode = StringField(_("Postcode"), filters=[_line])
    consent_post = _yes_or_no()

    def validate_phone(self, field: Field) -> None:
        """Ask for a number that can be rung when the answer was yes."""
        wanted = "yes" in (self.consent_phone.data, self.consent_sms.data)
        digits = re.sub(r"[ ()./+-]", "", field.data or "")
        # ITU E.164: a number has at most 15 digits.
        if wanted and not re.fullmatch(r"[0-9]{9,15}", digits):
            raise ValidationError(_("Enter a phone number, like 020 7946 0123"))

    def validate_address_line_1(self, field: Field) -> None:
        """Ask for an address when the answer about post was yes."""
        if self.consent_post.data == "yes" and not field.data:
            raise ValidationError(_("Enter your house number and street"))

    def validate_postcode(self, field: Field) -> None:
        """Read the postcode where there is one to read."""
        if self.consent_post.data != "yes":
            return
        try:
            field.data = str(parse(field.data or ""))
        except PostcodeRefused as refused:
            raise ValidationError(_(refused.message)) from None


def choice(answer: str | None) -> bool | None:
    """Return yes, no, or None for a question that was not answered."""
    return {"yes": True, "no": False}.get(answer or "")


def problems(form: Form) -> list[tuple[str | None, str]]:
    """Return what is wrong, in the order of the fields, for the error summary."""
    return [(field.id, str(error)) for field in form for error in field.errors[:1]]
