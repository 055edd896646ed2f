"""Postcodes that lead to no constituency by themselves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign_app.places.postcode import SpecialKind, special


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("BFPO 12", SpecialKind.BFPO),
        ("bfpo c/o 801", SpecialKind.BFPO),
        ("BFPO", SpecialKind.BFPO),
        ("BF1 2AA", SpecialKind.BFPO),
        ("BF1", SpecialKind.BFPO),
        ("ASCN 1ZZ", SpecialKind.OVERSEAS),
        ("fiqq1zz", SpecialKind.OVERSEAS),
        ("STHL 1ZZ", SpecialKind.OVERSEAS),
        ("GX11 1AA", SpecialKind.OVERSEAS),
        ("JE2 4WD", SpecialKind.CROWN),
        ("GY1 1AA", SpecialKind.CROWN),
        ("IM1 1AD", SpecialKind.CROWN),
        ("im99", SpecialKind.CROWN),
        ("GIR 0AA", SpecialKind.RETIRED),
        ("ZZ99 3VZ", SpecialKind.MADE_UP),
        ("ZZ99 9ZZ", SpecialKind.MADE_UP),
        ("BX9 1AS", SpecialKind.NOT_GEOGRAPHIC),
        ("XX40 4WW", SpecialKind.NOT_GEOGRAPHIC),
    ],
)
def test_a_special_postcode_is_known_by_its_shape(typed: str, kind: SpecialKind) -> None:
    found = special(typed)

    assert found is not None
    assert found.kind is kind


@pytest.mark.parametrize("typed", ["SE1 2DL", "BT53 7HX", "GU2 7XX", "IP1 1AA", "", "😀", "B"])
def test_other_postcodes_are_not_special(typed: str) -> None:
    assert special(typed) is None


def test_each_kind_has_words_of_its_own_for_the_person() -> None:
    typed = ["BFPO 1", "ASCN 1ZZ", "JE2 4WD", "GIR 0AA", "ZZ99 3VZ", "BX9 1AS"]
    found = [known for known in map(special, typed) if known]

    assert {known.kind for known in found} == set(SpecialKind)
    assert len({known.message for known in found}) == len(SpecialKind)
    assert all(known.what_next.endswith(".") for known in found)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    special(text)
