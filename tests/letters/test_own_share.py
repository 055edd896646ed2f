from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.letters.merge import merge
from campaign_app.letters.own_share import alike_percent
from tests.letters.samples import SEED, letter_template, person

SHARED = (
    "Please will you write to the Cancer Alliance and call on it to act for people with breast "
    "cancer. Thank you for reading my letter."
)
OWN = (
    "My sister waited nine weeks for her scan.",
    "She drove forty miles each way on her own.",
    "Nobody told us that help with the cost was there.",
)
WORDS = st.sampled_from([*SHARED.split(), *" ".join(OWN).split(), "Thank you", "سارة", "żółw"])
SENTENCE = st.lists(WORDS, min_size=1, max_size=12).map(lambda words: " ".join(words) + ".")


def test_an_untouched_letter_is_wholly_alike() -> None:
    assert alike_percent("", SHARED) == 100


def test_each_own_sentence_lowers_it() -> None:
    steps = [alike_percent(" ".join(OWN[:count]), SHARED) for count in range(4)]

    assert steps == sorted(steps, reverse=True)
    assert len(set(steps)) == 4


def test_a_pasted_copy_of_the_letter_is_not_the_senders_own() -> None:
    assert alike_percent(SHARED.upper().replace(" ", "\n", 7), SHARED) == 100


def test_a_pasted_part_in_an_own_sentence_does_not_count() -> None:
    own = "Yesterday I asked will you write to the Cancer Alliance and call on it."

    assert alike_percent(own, SHARED) == alike_percent("Yesterday I asked.", SHARED)


def test_the_same_sentence_again_does_not_count_again() -> None:
    assert alike_percent(OWN[0] * 20, SHARED) == alike_percent(OWN[0], SHARED)


def test_a_single_own_word_is_seen() -> None:
    assert alike_percent("Mum", SHARED * 100) == 99


@pytest.mark.parametrize(("own", "percent"), [("", 100), ("My own words.", 0)])
def test_a_letter_without_shared_text_is_all_or_nothing(own: str, percent: int) -> None:
    assert alike_percent(own, "") == percent


def test_a_merged_letter_tells_its_shared_text() -> None:
    letter = merge(letter_template(), person(), seed=SEED, own_words=OWN[0])

    assert OWN[0] not in letter.shared_text
    assert "Ann Example" not in letter.shared_text
    assert alike_percent(letter.own_words, letter.shared_text) < 100


@given(st.lists(SENTENCE, max_size=6), SENTENCE)
def test_a_further_sentence_never_makes_a_letter_more_alike(said: list[str], more: str) -> None:
    before = alike_percent(" ".join(said), SHARED)

    after = alike_percent(" ".join([*said, more]), SHARED)

    assert 0 <= after <= before <= 100


@given(st.text(), st.text())
def test_it_is_a_percentage_for_any_text(own: str, shared: str) -> None:
    assert 0 <= alike_percent(own, shared) <= 100
