from __future__ import annotations

import re
from pathlib import Path

import pytest

from campaign_app.campaigns.shipped import ShippedCampaign, ShippedFault, shipped_campaigns
from campaign_app.letters.ended_bodies import ended_bodies_named
from campaign_app.letters.reading_age import LIMIT, grade

FIELDS_OF_A_LETTER_PAGE = {
    "title",
    "summary",
    "whom",
    "problem",
    "ask",
    "six_asks",
    "report",
    "promise",
    "prompts",
    "elsewhere_scotland",
    "elsewhere_wales",
    "elsewhere_northern_ireland",
    "elsewhere_crown",
}
TOML = """
slug = "{slug}"
kind = "email_target"
reference = "FCE"
confirm_policy = "always"
nations = ["England"]
"""


def fair_care() -> ShippedCampaign:
    return next(one for one in shipped_campaigns() if one.slug == "fair-care-everywhere")


def english_texts() -> list[tuple[str, str]]:
    return [
        (f"{campaign.slug}/{field}", languages["en"])
        for campaign in shipped_campaigns()
        for field, languages in campaign.texts.items()
    ]


def campaign_folder(folder: Path, toml: str = TOML.format(slug="one"), title: str = "One") -> Path:
    words = folder / "one" / "en"
    words.mkdir(parents=True)
    (folder / "one" / "campaign.toml").write_text(toml, encoding="utf-8")
    (words / "title.txt").write_text(title, encoding="utf-8")
    (words / "summary.txt").write_text("One sentence.", encoding="utf-8")
    return folder


EVERY_TEXT = pytest.mark.parametrize(
    ("name", "text"), english_texts(), ids=[name for name, _ in english_texts()]
)


def test_the_letter_to_mps_is_shipped_with_its_settings() -> None:
    campaign = fair_care()

    assert (campaign.kind, campaign.target_kind) == ("email_target", "mp")
    assert (campaign.reference, campaign.confirm_policy) == ("FCE", "always")
    assert (campaign.nations, campaign.goal) == (("England",), None)


def test_the_report_shows_its_age_and_a_slot_for_its_link() -> None:
    report = fair_care().report

    assert report is not None
    assert (report.year, report.link) == (2018, "")


def test_every_text_of_the_page_is_there() -> None:
    assert set(fair_care().texts) == FIELDS_OF_A_LETTER_PAGE


def test_the_page_says_first_that_it_is_for_england() -> None:
    assert (
        "people who live in England" in fair_care().texts["whom"]["en"].split("\n\n", maxsplit=1)[0]
    )


def test_there_are_six_asks() -> None:
    assert len(re.findall(r"^\d\. ", fair_care().texts["six_asks"]["en"], re.MULTILINE)) == 6


def test_there_are_three_prompts() -> None:
    assert len(re.findall(r"^- ", fair_care().texts["prompts"]["en"], re.MULTILINE)) == 3


@pytest.mark.parametrize("nation", ["scotland", "wales", "northern_ireland"])
def test_other_nations_are_led_to_their_own_representatives(nation: str) -> None:
    assert "https://www.writetothem.com/" in fair_care().texts[f"elsewhere_{nation}"]["en"]


@EVERY_TEXT
def test_every_text_can_be_read_by_an_eleven_year_old(name: str, text: str) -> None:
    assert grade(text) <= LIMIT, name


@EVERY_TEXT
def test_no_text_names_a_body_that_is_gone(name: str, text: str) -> None:
    assert not ended_bodies_named(text), name


def test_title_and_summary_have_one_line_each() -> None:
    campaign = fair_care()

    assert "\n" not in campaign.title + campaign.summary


def test_a_text_in_welsh_stands_beside_the_english_one(tmp_path: Path) -> None:
    campaign_folder(tmp_path)
    welsh = tmp_path / "one" / "cy"
    welsh.mkdir()
    (welsh / "title.txt").write_text("Un\n", encoding="utf-8")

    (campaign,) = shipped_campaigns(tmp_path)

    assert campaign.texts["title"] == {"cy": "Un", "en": "One"}


def test_a_campaign_may_rest_on_no_report(tmp_path: Path) -> None:
    (campaign,) = shipped_campaigns(campaign_folder(tmp_path))

    assert campaign.report is None


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("slug = ", "cannot be read"),
        ("slug = 'one'", "has no kind"),
        (TOML.format(slug="two"), "another campaign than its folder"),
    ],
)
def test_broken_settings_are_named(tmp_path: Path, toml: str, words: str) -> None:
    with pytest.raises(ShippedFault, match=words):
        shipped_campaigns(campaign_folder(tmp_path, toml))


def test_a_campaign_without_a_title_is_named(tmp_path: Path) -> None:
    folder = campaign_folder(tmp_path)
    (folder / "one" / "en" / "title.txt").unlink()

    with pytest.raises(ShippedFault, match="no English title"):
        shipped_campaigns(folder)
