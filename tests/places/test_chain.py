"""The order of sources comes from a setting."""

from __future__ import annotations

import pytest

from campaign_app.errors import SettingsRefused
from campaign_app.places.chain import DEFAULT, NAMES, chain
from tests.places.places import FakeSource

SOURCES = {name: FakeSource(None, name) for name in NAMES}


@pytest.mark.parametrize("order", [DEFAULT, ("kept", "directory"), tuple(reversed(NAMES))])
def test_sources_stand_in_the_order_of_the_setting(order: tuple[str, ...]) -> None:
    assert [source.name for source in chain(order, sources=SOURCES)] == list(order)


def test_a_source_that_is_not_here_is_passed_over() -> None:
    here = {"kept": SOURCES["kept"]}

    assert chain(DEFAULT, sources=here) == [SOURCES["kept"]]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (("kept", "google"), "'google' is no source of places"),
        (("kept", "kept"), "named twice"),
        ((), "no source of places is left"),
        (("demo",), "no source of places is left"),
    ],
)
def test_an_order_that_cannot_be_is_refused_in_words(order: tuple[str, ...], words: str) -> None:
    here = {name: source for name, source in SOURCES.items() if name != "demo"}

    with pytest.raises(SettingsRefused, match=words) as refusal:
        chain(order, sources=here)

    assert "CAMPAIGN_PLACES_ORDER" in refusal.value.message
    assert "postcodes.io" in refusal.value.what_next
