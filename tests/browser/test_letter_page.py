"""The letter page: what is typed and chosen shows in the letter, at once or by a button."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import shown_letter
from tests.browser.supporter import WORDS, press, reach_letter, send_button, somebody, write_words
from tests.browser.views import View


def open_asks(page: Page) -> None:
    page.get_by_text("Choose the asks that matter most to you").click()


def asks(page: Page) -> list[str]:
    """The asks in the letter, in their order."""
    items = page.locator("[data-composer-letter] .letter__list span")
    return [item.strip() for item in items.all_inner_texts()]


def test_typing_shows_in_the_letter_at_once(phone: Page) -> None:
    reach_letter(phone, somebody())
    before = shown_letter(phone)

    phone.get_by_label("Why does this matter to you?").press_sequentially("My sister.\n\nAnd I.")

    words = ["My sister.", "And I."]
    assert shown_letter(phone) == [*before[:2], *words, *before[2:]]
    phone.get_by_label("Why does this matter to you?").fill("")
    assert shown_letter(phone) == before


@pytest.mark.parametrize(
    "typed", ["<b>bold</b> {{7*7}}", "a  b\r\nc", "שלום, {% for %}", "  x\n\n\n\ny  "]
)
def test_the_live_letter_is_the_one_the_server_makes(phone: Page, typed: str) -> None:
    reach_letter(phone, somebody())
    write_words(phone, typed)
    live = shown_letter(phone)

    # With a script the button is hidden, because nobody needs it.
    phone.locator("[data-composer-button]").evaluate("(button) => { button.hidden = false }")
    press(phone, "Show my letter")
    expect(phone.locator("[data-composer-button]")).to_be_hidden()

    assert shown_letter(phone) == live


def test_chosen_asks_lead_the_letter(page: Page, view: View) -> None:
    reach_letter(page, somebody())
    write_words(page)
    first, second = asks(page)[2:4]
    open_asks(page)

    for number in (2, 3):
        page.locator("[name=asks]").nth(number).check()
    if not view.javascript:
        press(page, "Show my letter")

    expect(page.locator(".letter__list span").nth(0)).to_have_text(first)
    expect(page.locator(".letter__list span").nth(1)).to_have_text(second)
    assert "The first two matter most to me:" in "\n".join(shown_letter(page))
    assert "My sister" in "\n".join(shown_letter(page)), "choosing an ask lost the words"


def test_a_third_ask_is_refused_politely(phone: Page) -> None:
    reach_letter(phone, somebody())
    open_asks(phone)

    for number in range(3):
        phone.locator("[name=asks]").nth(number).click()

    expect(phone.locator("[name=asks]").nth(2)).not_to_be_checked()
    expect(phone.get_by_role("status")).to_contain_text("as many as fit")
    phone.locator("[name=asks]").nth(0).uncheck()
    expect(phone.get_by_role("status")).to_be_empty()


def test_the_letter_is_not_announced_at_each_key(phone: Page) -> None:
    reach_letter(phone, somebody())

    live = phone.locator("[data-composer-letter]").evaluate(
        "(letter, live) => letter.closest(live) !== null || letter.querySelector(live) !== null",
        "[aria-live], [role=status], [role=alert], [role=log]",
    )

    assert not live


def test_the_order_of_the_page_is_the_order_of_the_task(page: Page, view: View) -> None:
    reach_letter(page, somebody())

    order = page.evaluate("""() => [...document.querySelectorAll(
        'form [name=personal_message], form [name=consent_story], form summary,' +
        'form [data-composer-letter], form [name=consent_email], form .small-print,' +
        'form [name=profiling_objection], form button')]
      .filter((e) => e.getClientRects().length && !e.matches('.visually-hidden'))
      .map((e) => e.name || e.tagName + ' ' + e.textContent.trim().slice(0, 12))""")

    words = order.index("personal_message")
    assert order[words + 1] == "consent_story"
    assert order[words + 2].startswith("SUMMARY Choose")
    assert order[words + 3].startswith("ARTICLE")
    assert order.index("consent_email") > words + 3
    assert order[-4:-1] == ["P Breast Cance", "P We may study", "profiling_objection"]
    assert order[-1] == "BUTTON Send to Char"
    assert not page.locator("details").first.evaluate("(e) => e.open")
    assert send_button(page).startswith("Send to ")


def test_nothing_is_chosen_for_anyone(desktop: Page) -> None:
    reach_letter(desktop, somebody())

    assert desktop.locator(":checked").count() == 0
    expect(desktop.get_by_label("Yes, email me. I am 16 or over")).to_be_visible()
    expect(desktop.get_by_label("No, thank you")).to_be_visible()


def test_the_notice_stands_beside_the_button(phone: Page) -> None:
    reach_letter(phone, somebody())

    button = phone.get_by_role("button", name=send_button(phone)).bounding_box()
    objection = phone.locator(".choice", has=phone.locator("[name=profiling_objection]"))
    box = objection.bounding_box()

    assert button
    assert box
    assert 0 < button["y"] - (box["y"] + box["height"]) < 60


def test_the_letter_page_of_a_phone_ends(phone: Page) -> None:
    """It was 7,264 px at first; a link leads past the letter to the last step."""
    reach_letter(phone, somebody())

    height = phone.evaluate("document.querySelector('form.compose').offsetHeight")
    phone.get_by_role("link", name="Go on to the last step").click()

    print(f"\nletter form at 320 px: {height} px")  # noqa: T201 - evidence.
    assert height < 5_600
    expect(phone.get_by_role("heading", name="Before you send")).to_be_in_viewport()


def test_words_stay_in_the_letter_when_it_cannot_be_fetched(phone: Page) -> None:
    reach_letter(phone, somebody())
    write_words(phone, WORDS)
    open_asks(phone)
    phone.route("**/letter", lambda route: route.fulfill(status=303, headers={"Location": "/"}))

    phone.locator("[name=asks]").first.check()

    expect(phone.get_by_role("button", name="Show my letter")).to_be_visible()
    assert "My sister" in "\n".join(shown_letter(phone))
