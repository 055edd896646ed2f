from __future__ import annotations

from pathlib import Path

import pytest

from campaign_app.errors import LetterFault
from campaign_app.letters.catalogue import load_catalogue, load_letter, read_letter
from campaign_app.letters.front_matter import MAX_FILE
from tests.letters.samples import LETTERS, USABLE_FRONT, letter_file


def test_the_letters_that_we_ship_can_be_loaded() -> None:
    letters = load_catalogue(LETTERS).letters

    assert ("fair-care-everywhere", "mp", "en") in letters
    assert ("clinical-advice", "alliance", "en") in letters


def test_a_letters_place_says_what_it_is(tmp_path: Path) -> None:
    template = load_letter(letter_file(tmp_path, USABLE_FRONT, name="mp.cy.md"))

    assert (template.campaign, template.target_kind, template.lang) == ("a-campaign", "mp", "cy")
    assert template.label == "a-campaign/mp.cy.md"


def test_a_language_without_a_letter_gets_the_english_one(tmp_path: Path) -> None:
    letter_file(tmp_path, USABLE_FRONT)

    assert load_catalogue(tmp_path).letter("a-campaign", "mp", "cy").lang == "en"


def test_a_letter_in_the_language_comes_before_the_english_one(tmp_path: Path) -> None:
    letter_file(tmp_path, USABLE_FRONT)
    letter_file(tmp_path, USABLE_FRONT, name="mp.cy.md")

    assert load_catalogue(tmp_path).letter("a-campaign", "mp", "cy").lang == "cy"


def test_a_letter_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LetterFault, match=r"a-campaign/mp\.md"):
        load_catalogue(tmp_path).letter("a-campaign", "mp")


def test_a_readme_is_not_a_letter(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("How to write letters.", encoding="utf-8")

    assert not load_catalogue(tmp_path).letters


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ("reference = 7", "'reference' must be text"),
        ("subjects = 'one'", "'subjects' must be a list"),
        ("subjects = [1]", "Each item of 'subjects'"),
        ("house_address = 'yes'", "'house_address' must be true or false"),
        ("asks = ['one']", r"Write each one under \[\[asks\]\]"),
        ("asks = 'one'", "'asks' must be tables"),
        ("reference = ", "cannot be read"),
    ],
)
def test_settings_of_a_wrong_kind_are_refused_in_words(
    tmp_path: Path, front: str, words: str
) -> None:
    with pytest.raises(LetterFault, match=words):
        read_letter(letter_file(tmp_path, front))


@pytest.mark.parametrize("text", ["Dear Alex,", "+++\nreference = 'A'\n", "\n+++\n+++\n", ""])
def test_a_file_without_front_matter_is_refused(tmp_path: Path, text: str) -> None:
    path = letter_file(tmp_path, "")
    path.write_text(text, encoding="utf-8")

    with pytest.raises(LetterFault, match="must begin with"):
        read_letter(path)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = letter_file(tmp_path, "")
    path.write_bytes("+++\n+++\ncafé".encode("latin-1"))

    with pytest.raises(LetterFault, match="UTF-8"):
        read_letter(path)


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LetterFault, match="shorter"):
        read_letter(letter_file(tmp_path, USABLE_FRONT, body="a" * MAX_FILE))


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    path = letter_file(tmp_path, USABLE_FRONT)
    text = path.read_text(encoding="utf-8").replace("\n", "\r\n")
    path.write_bytes(f"\ufeff{text}".encode())

    assert load_letter(path).body == "Please help."


def test_a_letter_with_a_loop_is_not_loaded(tmp_path: Path) -> None:
    path = letter_file(tmp_path, USABLE_FRONT, body="{% for a in name %}x{% endfor %}")

    with pytest.raises(LetterFault, match=r"a-campaign/mp\.md: The tag 'for' is not allowed"):
        load_letter(path)


def test_a_letter_without_a_reference_is_not_loaded(tmp_path: Path) -> None:
    path = letter_file(tmp_path, USABLE_FRONT.replace("FCE", ""))

    with pytest.raises(LetterFault, match="has no reference"):
        load_catalogue(tmp_path)
    assert read_letter(path).reference == ""
