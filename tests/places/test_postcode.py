"""What people type as a postcode, and what we make of it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign_app.errors import InvalidInput
from campaign_app.places.postcode import (
    NotAPostcode,
    PartialPostcode,
    Postcode,
    PostcodeRefused,
    parse,
)
from campaign_app.places.slips import AREAS

SE1 = Postcode("SE1", "2DL")

districts = st.one_of(
    st.integers(0, 99).map(str),
    st.builds("{}{}".format, st.integers(0, 9), st.sampled_from("ABCDEFGHJKMNPQRSTUVWXYZ")),
)
postcodes = st.builds(
    lambda area, district, sector, unit: Postcode(f"{area}{district}", f"{sector}{unit}"),
    st.sampled_from(sorted(AREAS)),
    districts,
    st.integers(0, 9),
    st.text("ABDEFGHJLNPQRSTUWXYZ", min_size=2, max_size=2),
)
noise = st.text(" -.\t\u00a0\u200b\u200e\u2013\u202e\u2069\u00ad\ufeff", max_size=3)


def refusal(text: str) -> PostcodeRefused:
    with pytest.raises(PostcodeRefused) as refused:
        parse(text)
    return refused.value


def outcome(text: str) -> tuple[Postcode | None, str]:
    try:
        return parse(text), ""
    except PostcodeRefused as refused:
        return refused.suggestion, refused.message + refused.what_next


def test_a_postcode_is_written_with_one_space_and_knows_its_parts() -> None:
    postcode = parse("se12dl")

    assert str(postcode) == "SE1 2DL"
    assert postcode.compact == "SE12DL"
    assert postcode.outcode == "SE1"


@pytest.mark.parametrize(
    "typed",
    [
        "SE1 2DL",
        "se1 2dl",
        "  Se12dL\t",
        "SE-1-2DL",
        "SE1.2DL.",
        "SE1\u20132DL",
        "SE1\u22122DL",
        "SE1\u00a02DL",
        "SE1\u200b2DL\ufeff",
        "\u202eSE1 2DL\u202c",
        "\u2066SE1\u2069 2DL\u200f",
        "ＳＥ１　２ＤＬ",
        "SE1\r\n2DL",
        '"SE1 2DL",',
        "S E 1 2 D L",
    ],
)
def test_case_spaces_dashes_dots_and_unseen_characters_do_not_count(typed: str) -> None:
    assert parse(typed) == SE1


@pytest.mark.parametrize(
    "typed", ["M1 1AD", "M20 4BX", "W1A 1AA", "CR0 2RJ", "SE10 9AY", "EC1M 3HA", "AB16 9ZZ"]
)
def test_all_six_shapes_are_postcodes(typed: str) -> None:
    assert str(parse(typed)) == typed


@pytest.mark.parametrize("typed", ["JE2 4WD", "BF1 2AA", "GX11 1AA", "ZZ99 9ZZ", "BX1 1LT"])
def test_special_postcodes_of_the_usual_shape_are_well_formed(typed: str) -> None:
    assert str(parse(typed)) == typed


@pytest.mark.parametrize("typed", ["QQ1 1AA", "XM4 5HQ", "CI1 1AA"])
def test_an_area_that_we_do_not_know_is_left_for_a_source_to_judge(typed: str) -> None:
    assert str(parse(typed)) == typed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("OXI 2JD", "OX1 2JD"),
        ("0X1 2JD", "OX1 2JD"),
        ("0XI 2JD", "OX1 2JD"),
        ("M1 lAA", "M1 1AA"),
        ("M1 IAA", "M1 1AA"),
        ("Ml 1AA", "M1 1AA"),
        ("SW1A OAA", "SW1A 0AA"),
        ("SWIA OAA", "SW1A 0AA"),
        ("SWlA 2AA", "SW1A 2AA"),
        ("LI 1AA", "L1 1AA"),
        ("1P1 1AA", "IP1 1AA"),
        ("1S11 1AA", "LS11 1AA"),
        ("IS11 7NE", "LS11 7NE"),
        ("N1O 1AF", "N10 1AF"),
        ("S01 1AA", "SO1 1AA"),
        ("BLO 0AA", "BL0 0AA"),
        ("CRO 2RJ", "CR0 2RJ"),
        ("EL2 5AA", "E12 5AA"),
        ("BI4 4BW", "B14 4BW"),
        ("III 1AA", "L11 1AA"),
        ("M11 1A1", "M11 1AL"),
        ("M11 1AI", "M11 1AL"),
        ("se-i 2dl", "SE1 2DL"),
    ],
)
def test_a_slip_is_offered_as_did_you_mean_and_never_put_in(typed: str, meant: str) -> None:
    refused = refusal(typed)

    assert isinstance(refused, NotAPostcode)
    assert str(refused.suggestion) == meant


@pytest.mark.parametrize("typed", ["M1 1AO", "M01 1AA", "MO1", "ABC DEF", "123 456"])
def test_nothing_is_offered_where_it_would_be_a_guess(typed: str) -> None:
    assert refusal(typed).suggestion is None


@pytest.mark.parametrize("typed", ["SE1", "m20", "SW1A", "SE1 2", "SE1 2D", "M1"])
def test_the_first_part_alone_is_asked_for_the_whole(typed: str) -> None:
    refused = refusal(typed)

    assert isinstance(refused, PartialPostcode)
    assert refused.message.startswith("Enter the whole postcode, like M20 4BX.")
    assert "more than one constituency" in refused.what_next


@pytest.mark.parametrize("typed", ["", "   ", "\u200b", "-"])
def test_nothing_typed_is_asked_for_in_words_of_its_own(typed: str) -> None:
    assert refusal(typed).message == "Enter your full postcode, like M20 4BX."


@pytest.mark.parametrize(
    "typed",
    [
        "SE1\x00 2DL",
        "SE1 2DL 😀",
        "שלום",
        "ßE1 1AA",
        "ıG1 1AA",
        "ЅE1 2DL",
        "=SE1 2DL",
        "<SE1 2DL>",
        "{{7*7}}",
        "SE1 2DLX",
        "Paris",
        "12345",
    ],
)
def test_anything_else_gets_a_clear_error(typed: str) -> None:
    refused = refusal(typed)

    assert isinstance(refused, InvalidInput)
    assert refused.message == "That does not look like a UK postcode. Enter it like M20 4BX."
    assert refused.suggestion is None


@pytest.mark.parametrize("char", ["a", "1", " ", "I", "\ufdfa", "😀"])
def test_ten_thousand_characters_are_refused_at_once(char: str) -> None:
    begin = time.perf_counter()
    refusal(char * 10_000)

    assert time.perf_counter() - begin < 0.5


def test_special_shapes_are_refused_in_their_own_words() -> None:
    assert "BFPO" in refusal("BFPO 12").message
    assert "GIR 0AA" in refusal("GIR 0AA").message
    assert refusal("GIR 0AA").suggestion is None


@settings(deadline=None)
@given(postcodes, st.booleans())
def test_every_postcode_reads_as_itself(postcode: Postcode, lower: bool) -> None:
    typed = str(postcode).lower() if lower else str(postcode)

    assert parse(typed) == postcode


@settings(deadline=None)
@given(postcodes, st.lists(noise, min_size=8, max_size=8))
def test_noise_between_the_letters_never_changes_the_postcode(
    postcode: Postcode, between: list[str]
) -> None:
    typed = "".join(map("".join, zip(between, postcode.compact, strict=False)))

    assert parse(typed) == postcode


@settings(deadline=None)
@given(st.text(max_size=200) | st.text("OIL01ABSEW9 ", min_size=4, max_size=10))
def test_no_text_breaks_the_parser(text: str) -> None:
    postcode, words = outcome(text)

    assert postcode is None or parse(str(postcode)) == postcode
    assert words or postcode
