from __future__ import annotations

from collections import Counter

import pytest

from campaign_app.letters.variants import choose, letter_seed


def seeds(count: int) -> list[bytes]:
    return [letter_seed(number.to_bytes(16), "a-campaign") for number in range(count)]


def test_a_seed_fits_its_column() -> None:
    assert len(letter_seed(b"person", "a-campaign")) == 16


def test_the_same_person_gets_the_same_seed_again() -> None:
    assert letter_seed(b"person", "a-campaign") == letter_seed(b"person", "a-campaign")


def test_another_campaign_gives_the_same_person_another_seed() -> None:
    assert letter_seed(b"person", "a-campaign") != letter_seed(b"person", "another")


def test_a_choice_can_be_replayed() -> None:
    assert choose("abc", b"seed", "subject") == choose("abc", b"seed", "subject")


@pytest.mark.parametrize("count", [3, 4, 5])
def test_choices_are_spread_evenly_over_many_people(count: int) -> None:
    options = [str(number) for number in range(count)]

    chosen = Counter(choose(options, seed, "subject") for seed in seeds(6_000))

    assert set(chosen) == set(options)
    assert max(chosen.values()) < 1.1 * 6_000 / count
    assert min(chosen.values()) > 0.9 * 6_000 / count


def test_the_subject_says_nothing_about_the_opening() -> None:
    pairs = Counter(
        (choose("abc", s, "subject"), choose("abc", s, "opening")) for s in seeds(9_000)
    )

    assert len(pairs) == 9
    assert min(pairs.values()) > 800


def test_nothing_can_be_chosen_from_nothing() -> None:
    with pytest.raises(ValueError, match="no subject"):
        choose([], b"seed", "subject")
