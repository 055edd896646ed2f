from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.errors import InvalidInput, LetterFault
from campaign_app.letters.catalogue import load_catalogue
from campaign_app.letters.clean import clean_text
from campaign_app.letters.merge import LetterText, Part, asks_leads, merge
from tests.letters.samples import HOSTILE, LETTERS, SEED, letter_template, person


def merged(own_words: str = "", asks: tuple[str, ...] = (), **changes: str) -> LetterText:
    return merge(letter_template(), person(**changes), seed=SEED, own_words=own_words, asks=asks)


def parts(letter: LetterText) -> list[Part]:
    return [paragraph.part for paragraph in letter.paragraphs]


def test_the_letter_says_first_who_writes() -> None:
    assert merged().body.split("\n\n")[:2] == [
        "Dear Alex Example,",
        "I am your constituent in Manchester Withington (M20).",
    ]


def test_own_words_come_before_everything_that_was_prepared() -> None:
    assert parts(merged("My own words."))[:4] == [
        Part.SALUTATION,
        Part.INTRODUCTION,
        Part.OWN_WORDS,
        Part.OPENING,
    ]


def test_the_letter_ends_with_name_address_and_postcode() -> None:
    assert merged().body.endswith(
        "Yours sincerely,\n\nAnn Example\n1 Example Street\nManchester\nM20 4BX"
    )


def test_the_subject_ends_with_the_reference() -> None:
    assert merged().subject.endswith(" [FCE]")


def test_the_asks_keep_their_order_when_none_is_chosen() -> None:
    assert "Please do this:\n\n- Look at the data.\n- Know the signs.\n- Plan." in merged().body


def test_a_chosen_ask_leads() -> None:
    body = merged(asks=("signs",)).body

    assert "The first matters most:\n\n- Know the signs.\n- Look at the data.\n- Plan." in body


def test_two_chosen_asks_lead_in_the_order_chosen() -> None:
    body = merged(asks=("staff", "signs")).body

    assert "first two matter most:\n\n- Plan.\n- Know the signs.\n- Look at the data." in body


def test_an_ask_chosen_twice_counts_once() -> None:
    assert merged(asks=("signs", "signs")) == merged(asks=("signs",))


@pytest.mark.parametrize("asks", [("data", "signs", "staff"), ("unknown",), ("{{ name }}",)])
def test_a_third_or_unknown_ask_is_refused(asks: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match="up to two"):
        merged(asks=asks)


def test_a_page_can_show_every_lead_of_the_asks() -> None:
    assert asks_leads(letter_template(), person()) == letter_template().asks_lead


def test_the_same_seed_gives_the_same_letter() -> None:
    assert merged("Mine.", ("data",)) == merged("Mine.", ("data",))


def test_other_seeds_give_other_subjects_and_openings() -> None:
    letters = [merge(letter_template(), person(), seed=bytes([n])) for n in range(50)]

    assert len({letter.subject for letter in letters}) == 3
    assert len({letter.paragraphs[2].text for letter in letters}) == 3


def test_a_wrapped_paragraph_of_the_file_becomes_one_line() -> None:
    assert "Greater Manchester Cancer Alliance, as the report of 2018 asks." in merged().body


def test_an_alliance_named_in_full_is_not_named_twice() -> None:
    body = merged(alliance="Greater Manchester Cancer Alliance").body

    assert "to Greater Manchester Cancer Alliance, as" in body


def test_without_a_salutation_the_office_is_addressed_by_name() -> None:
    assert merged(salutation="").body.startswith("Dear Alex Example MP,")


@pytest.mark.parametrize("typed", HOSTILE)
def test_own_words_arrive_exactly_as_typed(typed: str) -> None:
    letter = merged(typed)

    assert letter.own_words == typed
    assert letter.body.replace(typed, "", 1) == merged("~").body.replace("~", "", 1)


@pytest.mark.parametrize("typed", HOSTILE)
def test_a_name_arrives_exactly_as_typed(typed: str) -> None:
    assert merged(name=typed).paragraphs[-1].lines[0] == typed


@pytest.mark.parametrize("typed", HOSTILE)
def test_a_field_inside_the_text_arrives_exactly_as_typed(typed: str) -> None:
    assert f"I am your constituent in {typed} (M20)." in merged(constituency=typed).body


def test_ten_thousand_characters_of_own_words_arrive() -> None:
    assert merged("ŵ" * 10_000).own_words == "ŵ" * 10_000


def test_control_characters_of_own_words_are_left_out() -> None:
    assert merged("one\r\ntwo\0\u202ethree\r").own_words == "one\ntwothree"


def test_blank_own_words_are_no_own_words() -> None:
    assert merged(" \r\n\t ") == merged("")


@pytest.mark.parametrize("field", ["name", "postcode", "constituency", "representative"])
def test_no_value_can_add_a_line(field: str) -> None:
    with pytest.raises(InvalidInput):
        merge(
            letter_template(),
            person(**{field: "Ann\r\nBcc: everyone@example.org"}),
            seed=SEED,
        )


@pytest.mark.parametrize("lines", [(), ("",), (" ",)])
def test_a_letter_to_an_mp_needs_an_address(lines: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match="address"):
        merge(letter_template(), person(address_lines=lines), seed=SEED)


def test_a_letter_without_a_house_address_ends_with_name_and_postcode() -> None:
    letter = merge(letter_template(house_address=False), person(), seed=SEED)

    assert letter.paragraphs[-1].lines == ("Ann Example", "M20 4BX")


def test_a_letter_that_needs_an_unknown_alliance_is_refused() -> None:
    with pytest.raises(LetterFault, match="not known"):
        merged(alliance="")


def test_a_letter_made_only_in_memory_is_checked_too() -> None:
    with pytest.raises(LetterFault, match="'for' is not allowed"):
        merge(letter_template(body="{% for a in name %}{% endfor %}"), person(), seed=SEED)


def test_the_page_can_tell_what_stands_around_the_own_words() -> None:
    letter = merged("My own words.\n\nAnd more.")

    around = (*(one.text for one in letter.head), letter.own_words)
    assert "\n\n".join((*around, *(one.text for one in letter.tail))) == letter.body


@given(st.text(), st.text(alphabet="abé'-", min_size=1, max_size=50))
def test_the_structure_and_the_text_are_the_same_letter(typed: str, name: str) -> None:
    letter = merged(typed, name=name)

    start, end = letter.own_words_span
    assert "\n\n".join(one.text for one in letter.paragraphs) == letter.body
    assert letter.body[start:end] == letter.own_words == clean_text(typed).strip()
    assert not {"\r", "\0"} & set(letter.body + letter.subject)
    assert "\n" not in letter.subject


@pytest.mark.parametrize(
    ("campaign", "kind"), [("fair-care-everywhere", "mp"), ("clinical-advice", "alliance")]
)
def test_the_letters_that_we_ship_name_the_alliance(campaign: str, kind: str) -> None:
    letter = merge(load_catalogue(LETTERS).letter(campaign, kind), person(), seed=SEED)

    assert "Greater Manchester Cancer Alliance" in letter.body
    assert "{" not in letter.body


def test_the_letter_to_an_alliance_holds_no_house_address() -> None:
    template = load_catalogue(LETTERS).letter("clinical-advice", "alliance")

    assert "1 Example Street" not in merge(template, person(), seed=SEED).body


def test_the_letter_to_an_mp_has_the_six_asks() -> None:
    template = load_catalogue(LETTERS).letter("fair-care-everywhere", "mp")

    assert [ask.key for ask in template.asks] == [
        "data",
        "records",
        "workforce",
        "pathway",
        "signs",
        "prevention",
    ]
