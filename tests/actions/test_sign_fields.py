"""The quick check of a form and a WTForms form of the same table say the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from campaign_app.actions.sign_fields import (
    FIELDS,
    FieldKind,
    SignField,
    SignForm,
    countries,
    read_form,
)
from campaign_app.places import postcode as postcodes
from campaign_app.places.postcode import PostcodeRefused, SpecialKind
from campaign_app.supporters.addresses import BadAddress, likely_meant, read_address
from campaign_app.supporters.names import one_line

SPECIALS = {SpecialKind.BFPO, SpecialKind.OVERSEAS, SpecialKind.CROWN}


def line(value: str | None) -> str:
    return one_line(value or "")


def validators(field: SignField) -> list[Any]:
    if field.kind is FieldKind.NAME:
        return [
            DataRequired(field.missing),
            Length(max=field.longest, message="Use 80 letters or fewer."),
        ]
    return CHECKS.get(field.kind, [])


def email(form: Form, field: Field) -> None:
    if not field.data:
        raise ValidationError("Enter your email address, like name@example.com")
    try:
        address = read_address(field.data)
    except BadAddress as refused:
        raise ValidationError(refused.message) from None
    if likely_meant(address) and form["email_seen"].raw_data != [address.written]:
        raise ValidationError("Check your email address. If it is right, go on.")


def country(_form: Form, field: Field) -> None:
    if field.data.strip() and field.data.strip().upper() not in countries():
        raise ValidationError("Choose your country from the list.")


def postcode(form: Form, field: Field) -> None:
    if (form["country"].data.strip().upper() or "GB") != "GB":
        return
    text = (field.raw_data or [""])[0]
    if not text.strip():
        raise ValidationError("Enter your postcode, like M20 4BX")
    special = postcodes.special(text)
    if special is not None and special.kind in SPECIALS:
        return
    try:
        postcodes.parse(text)
    except PostcodeRefused as refused:
        raise ValidationError(special.message if special else refused.message) from None


CHECKS: dict[FieldKind, list[Any]] = {
    FieldKind.EMAIL: [email],
    FieldKind.POSTCODE: [postcode],
    FieldKind.COUNTRY: [country],
}


def filtered(field: SignField) -> list[Any]:
    return [line] if field.kind in {FieldKind.NAME, FieldKind.EMAIL} else [lambda x: x or ""]


FromTable = type(
    "FromTable",
    (Form,),
    {f.name: StringField(filters=filtered(f), validators=validators(f)) for f in FIELDS},
)

WORDS = st.one_of(
    st.sampled_from(
        ["", " ", "Ann", "O'Neil", "x" * 81, "=cmd", "\u202eAnn", "José\r\n", "ann@gmail.com",
         "ANN+x@GMAIL.com", "ann@gmial.com", "ann@", "ann@x.invalid", "a@b.co.uk", "SE1 2DL",
         "se12dl", "SE1", "BFPO 57", "JE2 3AB", "GX11 1AA", "ZZ99 3VZ", "SW1A OAA", "GB", "fr",
         "FR", "XX", "France", "yes", "no", "maybe", "http://spam"]
    ),
    st.text(max_size=90),
)  # fmt: skip


@given(st.fixed_dictionaries({field.name: WORDS for field in FIELDS}))
@example({field.name: "" for field in FIELDS})
@example({"first_name": "A", "last_name": "B", "email": "a@gmail.com", "postcode": "SE1 2DL"})
@example({"first_name": "A", "last_name": "B", "email": "a@gmail.com", "country": "fr"})
def test_both_forms_say_the_same(typed: dict[str, str]) -> None:
    slow: Any = FromTable(MultiDict(typed))
    slow.validate()

    quick = read_form(MultiDict(typed), countries=True)

    found = {} if isinstance(quick, SignForm) else {one.field: one.message for one in quick}
    assert found == {field.id: field.errors[0] for field in slow if field.errors}
    if isinstance(quick, SignForm):
        assert (quick.first_name, quick.last_name) == (slow.first_name.data, slow.last_name.data)
        assert quick.address == read_address(slow.email.data)


def right(**values: str) -> MultiDict[str, str]:
    typed = {"first_name": "Ann", "last_name": "Bee", "email": "a@gmail.com", "postcode": "se12dl"}
    return MultiDict({**typed, **values})


def test_a_right_form_is_read() -> None:
    found = read_form(right(consent_email="yes"))

    assert isinstance(found, SignForm)
    assert (found.postcode, found.outcode, found.contact) == ("SE1 2DL", "SE1", True)
    assert str(found.place) == "SE1 2DL"


def test_nothing_chosen_is_no_answer() -> None:
    found = read_form(right())

    assert isinstance(found, SignForm)
    assert found.contact is None


def test_a_slip_is_asked_about_once() -> None:
    asked = read_form(right(email="ann@gmial.com"))

    assert not isinstance(asked, SignForm)
    assert [one.suggestion for one in asked] == ["ann@gmail.com"]
    insisted = read_form(right(email="ann@gmial.com", email_seen="ann@gmial.com"))
    assert isinstance(insisted, SignForm)


def test_a_country_needs_no_postcode_where_the_petition_allows_it() -> None:
    abroad = read_form(right(country="FR", postcode=""), countries=True)

    assert isinstance(abroad, SignForm)
    assert (abroad.country, abroad.postcode, abroad.place) == ("FR", None, None)
    assert not isinstance(read_form(right(country="FR", postcode="")), SignForm)


def test_a_trap_that_is_sent_twice_is_still_a_trap() -> None:
    typed = right()
    typed.setlist("website", ["", "http://spam.example"])

    found = read_form(typed)

    assert isinstance(found, SignForm)
    assert found.trapped


@pytest.mark.parametrize(
    ("typed", "kept", "looked_up"),
    [("bfpo 57", "BFPO57", None), ("JE2 3AB", "JE2 3AB", "JE2 3AB"), ("GX11 1AA", "GX111AA", None)],
)
def test_who_lives_beyond_the_constituencies_may_sign(
    typed: str, kept: str, looked_up: str | None
) -> None:
    found = read_form(right(postcode=typed))

    assert isinstance(found, SignForm)
    assert found.postcode == kept
    assert (str(found.place) if found.place else None) == looked_up


PLAIN = st.from_regex(
    r"[A-Za-z0-9_.+-]{1,12}@[A-Za-z0-9.-]{1,12}(\.com|\.org|\.co\.uk|\.test)?", fullmatch=True
)


@given(PLAIN)
@example("Ann.Bee+x@Gmail.COM")
@example("a@xn--bcher-kva.example.com")
@example("a@localhost")
def test_the_quick_way_to_read_an_address_is_the_long_way(text: str) -> None:
    try:
        expected = read_address(text)
    except BadAddress:
        expected = None

    found = read_form(right(email=text, email_seen=expected.written if expected else ""))

    assert (found.address if isinstance(found, SignForm) else None) == expected
