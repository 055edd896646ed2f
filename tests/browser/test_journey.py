"""The whole journey, in real Chromium: from the campaign's page to the letter in the mailbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.looks import fits, shown_foot, shown_letter
from tests.browser.supporter import (
    CAMPAIGN,
    WORDS,
    Mailbox,
    Person,
    open_campaign,
    press,
    reach_letter,
    reach_thanks,
    send_button,
    somebody,
    text_of,
    type_details,
    write_words,
)
from tests.browser.views import PHONE, View, Watch

Picture = Callable[[Page, str], Path]


def test_a_letter_arrives_as_it_was_shown(page: Page, view: View, picture: Picture) -> None:
    person, box = somebody(), Mailbox(page)

    open_campaign(page)
    picture(page, f"journey-1-campaign-{view}")
    type_details(page, person)
    press(page, "Next")
    write_words(page)
    if not view.javascript:
        press(page, "Show my letter")
    shown, foot = shown_letter(page), shown_foot(page)
    picture(page, f"journey-2-letter-{view}")
    press(page, send_button(page))
    expect(page.locator("h1")).to_have_text("One more step: check your email")
    picture(page, f"journey-3-code-{view}")
    assert box.letters_of(person) == 0, "a letter left before its sender was proven"
    page.get_by_label("Six-digit code").fill(box.code_for(person))
    press(page, "Confirm and send my letter")
    expect(page.locator("h1")).to_have_text("Thank you. Your letter is on its way")
    fits(page)
    picture(page, f"journey-4-done-{view}")

    letter = box.letter_of(person)
    assert text_of(letter).strip() == "\n\n".join([*shown, foot])
    assert letter["Subject"].endswith("[FCE]")
    assert str(letter["To"]).endswith(".invalid>")
    assert box.letters_of(person) == 1


def test_the_button_behind_the_link_confirms_too(phone: Page, picture: Picture) -> None:
    person, box = somebody(), Mailbox(phone)
    reach_thanks(phone, person)

    phone.get_by_role("link", name="mailbox").click()
    box.code_for(person)
    phone.goto(box.link_for(person, "confirm"))
    picture(phone, "journey-link")
    assert box.letters_of(person) == 0, "opening the link sent the letter"
    press(phone, "Yes, send my letter")

    expect(phone.locator("h1")).to_have_text("Thank you. Your letter is on its way")
    assert "sister" in text_of(box.letter_of(person))


def test_a_letter_goes_without_a_story(desktop_without_javascript: Page) -> None:
    page, person = desktop_without_javascript, somebody()
    box = Mailbox(page)

    reach_thanks(page, person, words="")
    page.get_by_label("Six-digit code").fill(box.code_for(person))
    press(page, "Confirm and send my letter")

    assert "Yours sincerely" in text_of(box.letter_of(person))


def test_words_without_the_tick_lead_to_a_question(phone: Page) -> None:
    person, box = somebody(), Mailbox(phone)
    reach_letter(phone, person)
    write_words(phone, tick=False)
    press(phone, send_button(phone))
    expect(phone.locator("h1")).to_have_text("May we send your own words?")

    press(phone, "Send the letter without them")
    phone.get_by_label("Six-digit code").fill(box.code_for(person))
    press(phone, "Confirm and send my letter")

    assert "sister" not in text_of(box.letter_of(person))


def test_a_suggestion_is_taken_by_its_button(phone: Page, watch_of_phone: Watch) -> None:
    open_campaign(phone)
    type_details(phone, somebody(postcode="SE1 2DI", email="sian@gmial.com"))
    press(phone, "Next")
    watch_of_phone.expect("422")
    phone.get_by_label("Postcode").fill("SE1 2DL")

    press(phone, "Use this sian@gmail.com")

    expect(phone.locator("h1")).to_contain_text("Your letter to")
    expect(phone.locator("[name=email]")).to_have_value("sian@gmail.com")


# --------------------------------------------------------------------------- the promise


class Count:
    """Fields, presses and seconds of a journey."""

    def __init__(self) -> None:
        self.fields = self.presses = self.letters = 0
        self.seconds = 0.0

    def type(self, page: Page, name: str, value: str) -> None:
        page.locator(f"[name={name}]:visible").fill(value)
        self.fields += 1
        self.letters += len(value)

    def tick(self, page: Page, selector: str) -> None:
        page.locator(selector).check()
        self.presses += 1

    def press(self, page: Page, name: str) -> None:
        press(page, name)
        self.presses += 1

    @contextmanager
    def timed(self) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.seconds += time.monotonic() - started


def test_a_letter_takes_about_two_minutes(phone: Page) -> None:
    person, box, count = somebody(), Mailbox(phone), Count()

    with count.timed():
        _hurry(phone, person, box, count)

    by_hand = _seconds_by_hand(count)
    print(  # noqa: T201 - the numbers are the evidence; pytest -s shows them.
        f"\nfields {count.fields}, presses {count.presses}, letters typed {count.letters}; "
        f"machine {count.seconds:.1f} s; a person about {by_hand:.0f} s without reading"
    )
    assert count.fields <= 8
    assert count.presses <= 5
    assert by_hand <= 120
    assert count.seconds <= 20


def _hurry(page: Page, person: Person, box: Mailbox, count: Count) -> None:
    page.goto(CAMPAIGN)
    for name in ("postcode", "first_name", "last_name", "email", "address_line_1", "town"):
        count.type(page, name, getattr(person, name))
    count.press(page, "Next")
    count.type(page, "personal_message", WORDS.partition("\n")[0])
    count.tick(page, "[name=consent_story]")
    count.tick(page, "[name=consent_email][value=no]")
    count.press(page, send_button(page))
    code = box.code_for(person)
    count.type(page, "code", code)
    count.press(page, "Confirm and send my letter")
    expect(page.locator("h1")).to_contain_text("Thank you")


def _seconds_by_hand(count: Count) -> float:
    # 2.5 letters a second is what people type on phones (Palin and others, 2019: 36 words a
    # minute); two seconds to find each field or button and press it.
    return count.letters / 2.5 + 2 * (count.fields + count.presses)


def test_the_first_view_is_light(phone: Page) -> None:
    sizes: dict[str, int] = {}
    phone.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))

    phone.goto(CAMPAIGN)
    phone.wait_for_load_state("networkidle")

    of_kind = {
        kind: sum(size for url, size in sizes.items() if f".{kind}" in url)
        for kind in ("js", "css")
    }
    print(f"\nfirst view {sum(sizes.values())} bytes, {of_kind}")  # noqa: T201 - evidence.
    assert sum(sizes.values()) <= 60_000
    assert of_kind["css"] < 32_000
    assert 0 < of_kind["js"] < 8_000


def test_all_our_scripts_together_are_small() -> None:
    folder = Path(__file__).parents[2] / "static/js"

    assert sum(path.stat().st_size for path in folder.glob("*.js")) < 8_000


def test_nothing_breaks_in_a_hurry(open_page: Callable[[View], tuple[Page, Watch]]) -> None:
    """A double press on Send makes one letter."""
    page, _ = open_page(PHONE)
    person, box = somebody(), Mailbox(page)
    reach_letter(page, person)

    page.get_by_role("button", name=send_button(page)).dblclick()
    page.wait_for_url("**/thank-you?*")
    page.get_by_label("Six-digit code").fill(box.code_for(person))
    press(page, "Confirm and send my letter")

    box.letter_of(person)
    assert box.letters_of(person) == 1
