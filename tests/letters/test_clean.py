from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.errors import InvalidInput
from campaign_app.letters.clean import MAX_LINE, clean_text, one_line
from tests.letters.samples import HOSTILE

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # Lone surrogates too.


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_type_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize("end", ["\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_kind_of_line_end_becomes_a_plain_one(end: str) -> None:
    assert clean_text(f"one{end}two") == "one\ntwo"


@pytest.mark.parametrize("char", ["\0", "\x07", "\x1b", "\x7f", "\u202e", "\u2066", "\ud800"])
def test_a_harmful_character_is_left_out(char: str) -> None:
    assert clean_text(f"a{char}b") == "ab"


def test_a_tab_becomes_a_space() -> None:
    assert clean_text("a\tb") == "a b"


@given(ANY_TEXT)
def test_cleaned_text_holds_no_control_character_but_the_line_end(text: str) -> None:
    kinds = {unicodedata.category(char) for char in clean_text(text).replace("\n", "")}

    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(ANY_TEXT)
def test_cleaned_text_can_always_be_sent_as_utf8(text: str) -> None:
    cleaned = clean_text(text)

    assert cleaned.encode().decode() == cleaned


def test_a_one_line_value_loses_the_space_around_it() -> None:
    assert one_line(" Ann \r\n") == "Ann"


@pytest.mark.parametrize("text", ["Ann\r\nBcc: all@example.org", "a\nb", "a\u2028b", "a\x85b"])
def test_a_one_line_value_with_a_line_end_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="one line"):
        one_line(text)


def test_a_one_line_value_of_ten_thousand_characters_is_refused() -> None:
    with pytest.raises(InvalidInput, match=str(MAX_LINE)):
        one_line("a" * 10_000)
