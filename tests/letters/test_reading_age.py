from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.letters.reading_age import grade
from campaign_app.letters.syllables import syllables

SYLLABLES = {
    1: "breast care asked times please fair health loved used through strength",
    2: "cancer treated needed little treatment screening local mental patient closely challenge",
    3: "alliance hospital services prevention awareness area dataset different",
    4: "diagnosis fertility constituent secondary reconstruction experience actually",
    5: "constituency psychological representative individual",
}
CASES = [(word, count) for count, words in SYLLABLES.items() for word in words.split()]


@pytest.mark.parametrize(("word", "count"), CASES)
def test_syllables_are_counted_as_they_are_said(word: str, count: int) -> None:
    assert syllables(word) == count


@pytest.mark.parametrize(("word", "count"), [("MP", 2), ("NHS", 3), ("WHO", 5), ("2018", 1)])
def test_capitals_are_spelt_out_and_a_number_counts_as_one(word: str, count: int) -> None:
    assert syllables(word) == count


@given(st.text(min_size=1))
def test_every_word_has_a_syllable(word: str) -> None:
    assert syllables(word) >= 1


def test_the_formula_is_that_of_1975() -> None:
    # Six words, six syllables, one sentence: 0.39 * 6 + 11.8 * 1 - 15.59.
    assert grade("The cat sat on the mat.") == -1.4


def test_long_words_in_long_sentences_raise_the_grade() -> None:
    hard = (
        "Institutional considerations notwithstanding, commissioning organisations prioritised it."
    )

    assert grade(hard) > 12


def test_names_are_left_out() -> None:
    text = "Please write to Somerset, Wiltshire, Avon and Gloucestershire Cancer Alliance."

    assert grade(
        text, ["Somerset, Wiltshire, Avon and Gloucestershire", "Cancer Alliance"]
    ) == grade("Please write to.")


def test_a_name_over_a_line_end_is_left_out_too() -> None:
    assert grade("Ask the Cancer\nAlliance.", ["Cancer Alliance"]) == grade("Ask the.")


def test_a_name_inside_another_word_stays() -> None:
    assert grade("The NHSX is here.", ["NHS"]) == grade("The NHSX is here.", [])


def test_list_items_are_sentences() -> None:
    assert grade("- good care\n- more staff") == grade("Good care. More staff.")


def test_a_wrapped_line_is_no_sentence_end() -> None:
    assert grade("We ask for\ngood care.") == grade("We ask for good care.")


def test_markdown_is_read_as_its_words() -> None:
    marked = (
        "## Good care\n\n**Write** to [your MP](https://example.org/a-very-long-address) today."
    )

    assert grade(marked) == grade("Good care\n\nWrite to your MP today.")


@pytest.mark.parametrize("text", ["", "   ", "...", "👩🏽‍⚕️"])
def test_a_text_without_words_has_grade_nought(text: str) -> None:
    assert grade(text) == 0.0
