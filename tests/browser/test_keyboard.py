"""The journey with the keyboard alone, and what people set up for themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import fits
from tests.browser.supporter import (
    CAMPAIGN,
    Mailbox,
    Person,
    open_campaign,
    press,
    reach_letter,
    send_button,
    somebody,
    text_of,
    type_details,
    write_words,
)
from tests.browser.views import View, Watch, looking

# Where the focus is, whether anybody can see it there, and whether it is on the screen.
_FOCUS = """() => {
  const on = document.activeElement;
  const holder = on.closest('.choice') ?? on;
  const ring = getComputedStyle(holder), own = getComputedStyle(on);
  const box = holder.getBoundingClientRect();
  return {
    name: on.name || on.textContent.trim().slice(0, 40) || on.tagName,
    visible: ring.outlineStyle !== 'none' || own.outlineStyle !== 'none',
    inside: box.bottom > 0 && box.top < innerHeight,
  };
}"""


def tab_to(page: Page, selector: str, most: int = 45) -> None:
    """Press Tab until the focus is there; it is seen at every stop."""
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUS)
        assert at["visible"], f"the focus on {at['name']!r} cannot be seen"
        assert at["inside"], f"the focus on {at['name']!r} is off the screen"
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"{most} Tabs did not reach {selector}")


def test_a_letter_by_keyboard_alone(page: Page, view: View) -> None:
    person, box = somebody(), Mailbox(page)
    page.goto(CAMPAIGN)

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    _type_all(page, person)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Your letter to")
    tab_to(page, "[name=personal_message]")
    page.keyboard.type("I need this.")
    tab_to(page, "[name=consent_story]", most=1)
    page.keyboard.press("Space")
    tab_to(page, "summary")
    page.keyboard.press("Enter")
    tab_to(page, "[name=asks]", most=1)
    page.keyboard.press("Space")
    tab_to(page, "[name=consent_email]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "[name=profiling_objection]", most=2)
    tab_to(page, "button:not([tabindex])", most=1)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("check your email")
    tab_to(page, "[name=code]")
    page.keyboard.type(box.code_for(person))
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("Thank you. Your letter is on its way")
    assert "I need this." in text_of(box.letter_of(person))


def _type_all(page: Page, person: Person) -> None:
    for name, value in vars(person).items():
        tab_to(page, f"[name={name}]")
        page.keyboard.type(value)


def test_the_error_summary_has_the_focus_and_leads_to_the_field(
    phone: Page, watch_of_phone: Watch
) -> None:
    open_campaign(phone)
    press(phone, "Next")
    watch_of_phone.expect("422")

    expect(phone.locator(".error-summary")).to_be_focused()
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    phone.keyboard.type("SE1 2DL")

    expect(phone.get_by_label("Postcode")).to_have_value("SE1 2DL")
    expect(phone.get_by_text("Postcode", exact=True)).to_be_in_viewport()


@contextmanager
def set_up(browser: Browser, base: str, **wishes: str) -> Iterator[Page]:
    """A small laptop on which somebody has set something."""
    with looking(browser, base, View("laptop", 1280, 800)) as (page, _):
        if wishes:
            page.emulate_media(**wishes)  # type: ignore[arg-type]
        yield page


def test_text_of_twice_the_size_fits(browser: Browser, live_server: str) -> None:
    # 640 px at 200 % is what zooming in on 1280 px comes to (WCAG 1.4.4 and 1.4.10).
    with looking(browser, live_server, View("zoomed", 640, 400)) as (page, _):
        for path in ("/", CAMPAIGN, "/privacy"):
            page.goto(path)
            fits(page)
    # Here only the text is larger, as when somebody asks their browser for larger letters.
    with looking(browser, live_server, View("large-text", 640, 800)) as (page, _):
        reach_letter(page, somebody())
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        fits(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_keep_every_edge(browser: Browser, live_server: str, scheme: str) -> None:
    with set_up(browser, live_server, forced_colors="active", color_scheme=scheme) as page:
        reach_letter(page, somebody())
        page.locator("[name=consent_story]").check()

        for selector in (".button", ".choice", ".panel", ".input"):
            edge = page.locator(f"{selector}:visible").last.evaluate(
                "(e) => getComputedStyle(e).borderTopWidth"
            )
            assert edge != "0px", f"{selector} has no edge in forced colours"


def test_nothing_moves_for_those_who_ask_for_less(browser: Browser, live_server: str) -> None:
    moving = """() => [...document.querySelectorAll('*')].filter((e) => {
      const style = getComputedStyle(e);
      return style.animationName !== 'none' || style.scrollBehavior === 'smooth'
        || style.transitionDuration.split(',').some((one) => parseFloat(one) > 0);
    }).length"""
    with set_up(browser, live_server, reduced_motion="reduce") as page:
        open_campaign(page)

        assert page.evaluate(moving) == 0


def test_the_printed_letter_is_a_letter(browser: Browser, live_server: str, tmp_path: Path) -> None:
    with looking(browser, live_server, View("laptop", 1280, 800)) as (page, _):
        reach_letter(page, somebody())
        write_words(page)
        press(page, "Rather post it? Print the letter")
        expect(page.get_by_role("button", name="Print", exact=True)).to_be_visible()

        data = page.pdf(path=tmp_path / "letter.pdf", format="A4")
        page.emulate_media(media="print")

        assert data.startswith(b"%PDF")
        assert data.count(b"/Type /Page\n") <= 2, "a letter fits on two sides"
        for gone in (".site-header", ".site-footer", ".demo-strip", ".page-header", "button"):
            assert not page.locator(gone).first.is_visible(), f"{gone} is printed"
        expect(page.get_by_text("Yours sincerely,")).to_be_visible()


def test_details_that_come_back_are_still_there(phone: Page) -> None:
    reach_letter(phone, somebody())
    press(phone, "Not right? Change my details")
    expect(phone.get_by_label("Town or city")).to_have_value("London")
    type_details(phone, Person(postcode="M1 1AD", email=somebody().email))

    press(phone, "Next")

    expect(phone.locator(".facts")).not_to_contain_text("Bermondsey")
    assert send_button(phone).startswith("Send to ")
