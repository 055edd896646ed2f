"""Every page and every state of the journey, one after the other in one browser.

Each of ``WALKS`` leads past some of them: whoever asks for it looks at the page each time it
stops. Nothing is looked at here. A stop is a name, which becomes the name of the picture, and the
status that the page answers with, which the browser's console will complain about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from playwright.sync_api import Page

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
    type_details,
    write_words,
)


class Stop(NamedTuple):
    """Where the walk stands: a name for the picture, and the page's status."""

    name: str
    status: int = 200


ELSEWHERE = {
    "scotland": "AB15 9RT",
    "wales": "CF23 6EB",
    "northern-ireland": "BT53 7HX",
    "jersey": "JE2 4WD",
    "forces": "BFPO 12",
    "overseas": "ASCN 1ZZ",
    "not-in-use": "SE97 9ZZ",
    "vacant": "HP10 0AA",
    "no-email": "CV34 5AW",
}


def still_pages(page: Page) -> Iterator[Stop]:
    """Pages that look the same to everyone."""
    for name, path in (
        ("home", "/"),
        ("campaign", CAMPAIGN),
        ("privacy", "/privacy"),
        ("accessibility", "/accessibility"),
        ("tour", "/demo"),
        ("thanks-without-letter", f"{CAMPAIGN}/thank-you"),
    ):
        page.goto(path)
        yield Stop(name)
    open_campaign(page)
    for summary in page.locator("summary").all():
        summary.click()
    yield Stop("campaign-open")


def details(page: Page) -> Iterator[Stop]:
    """The first step, and what can be wrong with it."""
    open_campaign(page)
    press(page, "Next")
    yield Stop("details-empty", 422)
    type_details(page, somebody(email="sian@gmial.com"))
    press(page, "Next")
    yield Stop("details-email-meant", 422)
    type_details(page, somebody(postcode="SE1 2DI", email="not an address"))
    press(page, "Next")
    yield Stop("details-postcode-meant", 422)
    type_details(page, somebody(postcode="ZZ99 9ZZ", first_name="x" * 90))
    press(page, "Next")
    yield Stop("details-bad", 422)
    type_details(page, somebody(postcode="SE99 9ZZ"))
    press(page, "Next")
    yield Stop("details-unknown-postcode", 422)
    type_details(page, somebody(postcode="SE98 9ZZ"))
    press(page, "Next")
    yield Stop("details-no-lookup", 503)


def elsewhere(page: Page) -> Iterator[Stop]:
    """Places from which no letter can be sent."""
    for name, postcode in ELSEWHERE.items():
        open_campaign(page)
        type_details(page, somebody(postcode=postcode))
        press(page, "Next")
        yield Stop(f"elsewhere-{name}")


def the_letter(page: Page) -> Iterator[Stop]:
    """The second step."""
    reach_letter(page, somebody())
    yield Stop("letter")
    write_words(page)
    page.locator("summary").first.click()
    for ask in page.locator("[name=asks]").all()[:2]:
        ask.check()
    page.locator("[name=consent_email]").last.check()
    if not page.evaluate("matchMedia('(scripting: enabled)').matches"):
        press(page, "Show my letter")
    yield Stop("letter-with-words")
    write_words(page, WORDS * 50)
    press(page, send_button(page))
    yield Stop("letter-with-errors", 422)
    write_words(page, tick=False)
    press(page, send_button(page))
    yield Stop("words-decision")
    press(page, "Back to my letter")
    press(page, "Rather post it? Print the letter")
    yield Stop("print")


def waiting_for_the_code(page: Page) -> Iterator[Stop]:
    """After Send, until the address is proven."""
    person = somebody()
    reach_letter(page, person)
    write_words(page)
    page.locator("[name=consent_email]").first.check()
    press(page, send_button(page))
    page.wait_for_url("**/thank-you?*")
    yield Stop("thanks-code")
    page.go_back()
    press(page, send_button(page))
    yield Stop("thanks-again")
    page.locator("[name=code]").fill("000000")
    press(page, "Confirm and send my letter")
    yield Stop("thanks-wrong-code", 422)
    page.locator("summary").first.click()
    page.locator("[name=email]").fill("nobody")
    press(page, "Use this address")
    yield Stop("thanks-bad-address", 422)
    mended = somebody()
    page.locator("[name=email]").fill(mended.email)
    press(page, "Use this address")
    yield Stop("thanks-mended")
    yield from _behind_links(page, mended)


def _behind_links(page: Page, person: Person) -> Iterator[Stop]:
    box = Mailbox(page)
    box.code_for(person)
    page.goto(f"/demo/mailbox/{box.to(person, 'Please confirm')}")
    yield Stop("mail")
    confirm, not_me = box.link_for(person, "confirm"), box.link_for(person, "not-me")
    page.goto(not_me)
    yield Stop("not-me")
    page.goto(confirm)
    yield Stop("confirm")
    press(page, "Yes, send my letter")
    yield Stop("thanks-done")
    page.locator("summary").first.click()
    page.locator("[name=consent_phone]").first.check()
    press(page, "Save my choices")
    yield Stop("thanks-channels-bad", 422)
    page.locator("[name=phone]").fill("020 7946 0123")
    press(page, "Save my choices")
    yield Stop("thanks-channels-kept")
    page.goto(confirm)
    yield Stop("confirm-again")


def afterwards(page: Page) -> Iterator[Stop]:
    """A second letter of the same person, and what is read later."""
    person, box = somebody(), Mailbox(page)
    for number in (1, 2):
        reach_thanks(page, person)
        page.locator("[name=code]").fill(box.code_for(person, number))
        press(page, "Confirm and send my letter")
    yield Stop("thanks-duplicate")
    box.letter_of(person)
    page.goto("/demo/mailbox")
    yield Stop("mailbox")
    page.goto(f"/demo/mailbox/{box.to(person, 'A copy')}")
    yield Stop("mail-copy")
    page.goto(box.link_for(person, "your-letter"))
    page.locator("summary").first.click()
    yield Stop("own-letter-sent")
    page.goto(box.link_for(person, "unsubscribe"))
    yield Stop("unsubscribe")
    press(page, "Stop these emails")
    yield Stop("unsubscribed")
    page.goto(box.link_for(person, "not-me"))
    press(page, "It was not me. Stop the letter")
    yield Stop("not-me-too-late")


def stopped(page: Page) -> Iterator[Stop]:
    """A letter that somebody else wrote in this person's name."""
    person, box = somebody(), Mailbox(page)
    reach_thanks(page, person)
    thanks = page.url
    box.code_for(person)
    confirm = box.link_for(person, "confirm")
    page.goto(box.link_for(person, "not-me"))
    press(page, "It was not me. Stop the letter")
    yield Stop("not-me-in-time")
    page.goto(thanks)
    yield Stop("thanks-stopped")
    page.goto(confirm)
    yield Stop("confirm-stopped")


def error_pages(page: Page) -> Iterator[Stop]:
    """What went wrong, in words."""
    page.goto("/campaigns/there-is-none")
    yield Stop("error-404", 404)
    page.goto("/confirm/a/code")
    yield Stop("error-405", 405)
    page.goto("/confirm/a-link-that-does-not-hold")
    yield Stop("error-link", 404)
    reach_letter(page, somebody())
    # In a hidden field, so that the browser has no letter of a million characters to draw.
    page.locator("[name=town]").evaluate("(field) => { field.value = 'x'.repeat(1_050_000) }")
    press(page, send_button(page))
    yield Stop("error-413", 413)


WALKS = (
    still_pages,
    details,
    elsewhere,
    the_letter,
    waiting_for_the_code,
    afterwards,
    stopped,
    error_pages,
)
