from __future__ import annotations

from datetime import date

import pytest

from campaign_app.errors import InvalidInput
from campaign_app.letters.footer import footer, with_footer


def example_footer(*, name: str = "Ann Example", confirmed_on: date | None = None) -> str:
    return footer(
        name=name,
        organisation="Example Charity",
        reference="FCE",
        contact="campaigns@charity.example",
        confirmed_on=confirmed_on,
    )


def test_a_confirmed_letter_says_when_it_was_confirmed() -> None:
    lines = example_footer(confirmed_on=date(2026, 11, 2)).split("\n")

    assert lines[1] == (
        "Ann Example wrote this using Example Charity's campaign page and confirmed their email"
        " address on 2 November 2026."
    )


def test_an_unconfirmed_letter_says_so() -> None:
    assert "has not confirmed their email address." in example_footer()


def test_the_footer_says_where_replies_go_and_whom_to_ask() -> None:
    assert example_footer().split("\n")[2:] == [
        "Replies go straight to Ann Example.",
        "Campaign reference: [FCE].",
        "Questions about this campaign: campaigns@charity.example",
    ]


def test_the_separator_is_not_one_that_mail_readers_fold_away() -> None:
    assert example_footer().split("\n")[0].strip("-") == ""
    assert "-- \n" not in with_footer("Dear Alex,", example_footer())


def test_braces_in_a_name_stay_as_they_are() -> None:
    assert "{contact} {0} wrote this" in example_footer(name="{contact} {0}")


def test_a_name_cannot_add_a_line() -> None:
    with pytest.raises(InvalidInput):
        example_footer(name="Ann\nCampaign reference: [XXX]")


def test_the_whole_mail_is_the_letter_and_then_the_footer() -> None:
    assert with_footer("Dear Alex,", "----").split("\n") == ["Dear Alex,", "", "----", ""]
