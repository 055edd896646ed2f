"""Typed words are never lost: not by an error, not by Back, not by a connection that drops."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.servers import line
from tests.browser.supporter import (
    WORDS,
    press,
    reach_letter,
    reach_thanks,
    send_button,
    somebody,
    type_details,
    write_words,
)
from tests.browser.views import PHONE, PHONE_WITHOUT_JAVASCRIPT, View, Watch, looking

STORY = "I was 34 when I found the lump. " * 65  # 2,080 characters
BOTH = pytest.mark.parametrize("view", [PHONE, PHONE_WITHOUT_JAVASCRIPT], ids=str)


def words(page: Page) -> str:
    return page.locator("[name=personal_message]").input_value()


@BOTH
def test_a_story_survives_error_after_error(page: Page, watch: Watch) -> None:
    reach_letter(page, somebody())
    write_words(page, STORY)

    # A broken email, then a broken postcode, then too many words: each comes back in its place.
    for name, value in (("email", "nobody"), ("postcode", "nowhere")):
        page.locator(f"[name={name}]").evaluate("(field, value) => { field.value = value }", value)
        press(page, send_button(page))
        expect(page.locator("h1")).to_have_text("Your details")
        type_details(page, somebody())
        press(page, "Next")
        watch.expect("422")
        assert words(page) == STORY
    write_words(page, STORY * 3)
    press(page, send_button(page))
    expect(page.locator(".error-summary")).to_be_visible()

    watch.expect("422")
    assert words(page) == STORY * 3


@BOTH
def test_changing_the_details_keeps_the_words_and_choices(page: Page) -> None:
    reach_letter(page, somebody())
    write_words(page)
    page.locator("[name=consent_email][value=yes]").check()

    press(page, "Not right? Change my details")
    expect(page.get_by_label("First name")).to_have_value("Siân")
    press(page, "Next")

    assert words(page) == WORDS
    expect(page.locator("[name=consent_story]")).to_be_checked()
    expect(page.locator("[name=consent_email][value=yes]")).to_be_checked()


@BOTH
def test_printing_and_the_question_about_words_keep_them(page: Page) -> None:
    reach_letter(page, somebody())
    write_words(page, tick=False)

    press(page, "Rather post it? Print the letter")
    press(page, "Back to my letter")
    assert words(page) == WORDS
    press(page, send_button(page))
    press(page, "Back to my letter")

    assert words(page) == WORDS
    expect(page.locator("[name=consent_story]")).not_to_be_checked()


@BOTH
def test_back_and_forward_between_the_steps(page: Page) -> None:
    reach_letter(page, somebody())
    write_words(page)
    page.locator("summary").first.click()
    page.locator("[name=asks]").nth(4).check()

    page.go_back()
    expect(page.get_by_label("Last name")).to_have_value("O’Brien-Llŷr")
    page.go_forward()

    assert words(page) == WORDS
    expect(page.locator("[name=asks]").nth(4)).to_be_checked()
    if page.evaluate("matchMedia('(scripting: enabled)').matches"):
        expect(page.locator(".letter__words")).to_contain_text("My sister")
        expect(page.locator(".letter__list span").first).to_contain_text("secondary breast")


@BOTH
def test_back_from_the_thank_you_page(page: Page) -> None:
    reach_thanks(page, somebody())

    page.go_back()

    assert words(page) == WORDS


@BOTH
def test_a_reload_gives_back_what_was_sent_last(page: Page, watch: Watch) -> None:
    # Chromium forgets what was typed since: no script or storage of ours may hold a story.
    reach_letter(page, somebody())
    write_words(page, STORY * 3)
    press(page, send_button(page))

    page.reload()
    expect(page.locator(".error-summary")).to_be_visible()

    watch.expect("422")
    assert words(page) == STORY * 3


@BOTH
def test_back_after_the_connection_dropped(browser: Browser, live_server: str, view: View) -> None:
    with line(live_server) as wire, looking(browser, wire.base, view) as (page, watch):
        reach_letter(page, somebody())
        write_words(page)
        name = send_button(page)

        wire.drop()
        page.get_by_role("button", name=name).click()
        page.wait_for_url("chrome-error://**")
        wire.connect()
        page.go_back()

        assert words(page) == WORDS
        expect(page.locator("[name=consent_story]")).to_be_checked()
        press(page, name)
        expect(page.locator("h1")).to_contain_text("check your email")
        # The browser may complain of the server that was not there, but of nothing else.
        watch.faults[:] = [fault for fault in watch.faults if "net::ERR" not in fault]
