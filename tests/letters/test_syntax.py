from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.errors import LetterFault
from campaign_app.letters.fields import FIELDS
from campaign_app.letters.syntax import MAX_OUTPUT, MAX_SOURCE, faults, fields_in, fill

BANNED = {
    "{% for a in name %}x{% endfor %}": "tag 'for' is not allowed",
    "{% assign a = name %}": "tag 'assign' is not allowed",
    "{% include 'a' %}": "tag 'include' is not allowed",
    "{% render 'a' %}": "tag 'render' is not allowed",
    "{% capture a %}x{% endcapture %}": "tag 'capture' is not allowed",
    "{% raw %}{{ name }}{% endraw %}": "tag 'raw' is not allowed",
    "{% comment %}x{% endcomment %}": "tag 'comment' is not allowed",
    "{%- tablerow a in name -%}": "tag 'tablerow' is not allowed",
    "{% liquid\n echo name %}": "tag 'liquid' is not allowed",
    "{% if name %}x{% elsif alliance %}y{% endif %}": "tag 'elsif' is not allowed",
    "{% %}": "tag '' is not allowed",
    "{{ name | upcase }}": "more than a field",
    "{{ name.__class__ }}": "more than a field",
    "{{ name['x'] }}": "more than a field",
    "{{ name[0] }}": "more than a field",
    "{{ [name] }}": "more than a field",
    "{{ 'text' }}": "more than a field",
    "{{ 7 }}": "more than a field",
    "{{ nil }}": "more than a field",
    "{% if name == 'x' %}x{% endif %}": "more than a field",
    "{% if name and alliance %}x{% endif %}": "more than a field",
    "{% if name contains 'x' %}x{% endif %}": "more than a field",
    "{% unless true %}x{% endunless %}": "more than a field",
    "{% if name %}{{ name | upcase }}{% endif %}": "more than a field",
    "{% if name %}x{% else %}{{ secret }}{% endif %}": "no field called 'secret'",
    "{{ patient_name }}": "no field called 'patient_name'",
    "{{ 7*7 }}": "cannot be read",
    "{{ name": "cannot be read",
    "{% if name %}x": "cannot be read",
    "{% if name %}x{% else y %}z{% endif %}": "cannot be read",
    "{% endif %}": "cannot be read",
    "{{ }}": "cannot be read",
    "{% if name %}" * 40 + "x" + "{% endif %}" * 40: "cannot be read",
    "a" * (MAX_SOURCE + 1): "Make it shorter",
}


@pytest.mark.parametrize(("source", "words"), BANNED.items(), ids=[key[:40] for key in BANNED])
def test_anything_but_a_field_and_an_if_is_refused_in_plain_words(source: str, words: str) -> None:
    assert words in " ".join(faults(source, FIELDS))
    with pytest.raises(LetterFault):
        fill(source, {"name": "Ann"})


def test_a_field_is_filled_in() -> None:
    assert fill("Dear {{ salutation }},", {"salutation": "Alex"}) == "Dear Alex,"


def test_an_if_on_an_unknown_value_is_false() -> None:
    assert fill("{% if alliance %}yes{% else %}no{% endif %}", {}) == "no"


def test_an_unless_on_an_unknown_value_is_true() -> None:
    assert fill("{% unless alliance %}none{% endunless %}", {}) == "none"


def test_a_field_without_a_value_is_a_fault_and_not_a_gap() -> None:
    with pytest.raises(LetterFault, match="value that is not known"):
        fill("Dear {{ salutation }},", {})


def test_an_output_bomb_is_refused() -> None:
    with pytest.raises(LetterFault, match="too long"):
        fill("{{ name }}" * 1_000, {"name": "a" * 200})


def test_the_limit_of_output_stands_above_any_real_letter() -> None:
    assert fill("{{ name }}", {"name": "a" * (MAX_OUTPUT - 1)})


def test_the_fields_of_a_piece_are_known() -> None:
    source = "{{ name }}{% if alliance %}{{ name }}{% else %}{{ outcode }}{% endif %}"

    assert set(fields_in(source)) == {"name", "alliance", "outcode"}


@given(st.text(st.sampled_from("{}% \nifelsndu.|'[]0namecou-+=#")))
def test_no_source_breaks_the_check(source: str) -> None:
    if not faults(source, FIELDS):
        fill(source, dict.fromkeys(FIELDS, "x"))


@given(st.text(st.characters(exclude_characters="\r")))
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    assert fill("{{ name }}", {"name": value}) == value
