"""Sources are asked one after the other until one knows."""

from __future__ import annotations

import logging

import pytest

from campaign_app.errors import (
    FinalFailure,
    PlacesUnavailable,
    TransientFailure,
    UnknownPostcode,
)
from campaign_app.places.answers import Status
from campaign_app.places.finder import find_place
from tests.places.places import NOW, SE1, FakeSource, bare, southwark


def test_the_first_source_that_knows_it_answers() -> None:
    silent, first, second = FakeSource(None), FakeSource(southwark("a")), FakeSource(southwark("b"))

    answer = find_place(SE1, sources=[silent, first, second], now=NOW)

    assert answer.source == "a"
    assert silent.asked == [SE1]
    assert second.asked == []


@pytest.mark.parametrize("failure", [TransientFailure(), PlacesUnavailable()])
def test_a_source_that_is_out_of_order_is_passed_over(failure: TransientFailure) -> None:
    answer = find_place(SE1, sources=[FakeSource(failure), FakeSource(southwark())], now=NOW)

    assert answer == southwark()


def test_a_failure_that_is_not_passing_is_not_hidden() -> None:
    with pytest.raises(FinalFailure):
        find_place(SE1, sources=[FakeSource(FinalFailure())], now=NOW)


def test_nobody_could_say_when_one_that_might_have_known_was_out_of_order(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = FakeSource(TransientFailure(), name="broken service")

    with caplog.at_level(logging.DEBUG), pytest.raises(PlacesUnavailable):
        find_place(SE1, sources=[FakeSource(None), broken, FakeSource(None)], now=NOW)

    assert "broken service" in caplog.text
    assert "2DL" not in caplog.text


def test_a_complete_source_ends_the_search_for_a_postcode_that_does_not_exist() -> None:
    later = FakeSource(southwark())
    sources = [FakeSource(TransientFailure()), FakeSource(bare(Status.UNKNOWN)), later]

    with pytest.raises(UnknownPostcode):
        find_place(SE1, sources=sources, now=NOW)

    assert later.asked == []


@pytest.mark.parametrize("count", [0, 2])
def test_a_postcode_that_no_source_knows_is_unknown(count: int) -> None:
    with pytest.raises(UnknownPostcode):
        find_place(SE1, sources=[FakeSource(None)] * count, now=NOW)


def test_a_terminated_postcode_is_an_answer() -> None:
    terminated = bare(Status.TERMINATED)

    assert find_place(SE1, sources=[FakeSource(terminated)], now=NOW) is terminated
