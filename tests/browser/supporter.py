"""A supporter at work in a browser: what people type, press and receive."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count

from playwright.sync_api import Page

CAMPAIGN = "/campaigns/fair-care-everywhere"
WORDS = (
    "My sister was treated two towns away from me.\n\n"
    "She waited longer than she would have here, and I still think about that."
)
PATIENCE = 20.0
_CODE = re.compile(r"^\s+(\d{6})\s*$", re.MULTILINE)
_numbers = count(1)


@dataclass(frozen=True)
class Person:
    """What somebody types into the first step, under the names of its fields."""

    postcode: str = "SE1 2DL"
    first_name: str = "Siân"
    last_name: str = "O’Brien-Llŷr"
    email: str = "sian@example.org"
    address_line_1: str = "14 Tower Bridge Road"
    address_line_2: str = ""
    town: str = "London"


def somebody(**different: str) -> Person:
    """A person whom nobody has met: each has another address, so that none is a duplicate."""
    # Tests may run side by side, so a number alone is not enough.
    email = f"sian.{next(_numbers)}.{time.time_ns():x}@example.org"
    return replace(Person(email=email), **different)


def press(page: Page, name: str) -> None:
    """Press a button by its words."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def open_campaign(page: Page) -> None:
    """Open the page where every journey begins."""
    page.goto(CAMPAIGN)


def type_details(page: Page, person: Person) -> None:
    """Fill in the first step; a field that is left blank is not touched."""
    for name, value in vars(person).items():
        if value:
            page.locator(f".form [name={name}]").fill(value)


def reach_letter(page: Page, person: Person) -> None:
    """Go from nothing to the letter page."""
    open_campaign(page)
    type_details(page, person)
    press(page, "Next")
    page.locator("[name=personal_message]:visible").wait_for()


def write_words(page: Page, words: str = WORDS, *, tick: bool = True) -> None:
    """Type something personal, and tick that it may be sent."""
    page.locator("[name=personal_message]").fill(words)
    page.locator("[name=consent_story]").set_checked(tick)


def send_button(page: Page) -> str:
    """The words of the button that sends."""
    return page.get_by_role("button", name=re.compile("^Send to ")).inner_text().strip()


def reach_thanks(page: Page, person: Person, words: str = WORDS) -> None:
    """Go from nothing to the page that asks for the code."""
    reach_letter(page, person)
    if words:
        write_words(page, words)
    press(page, send_button(page))
    page.wait_for_url("**/thank-you?*")


class Mailbox:
    """The demonstration's mailbox, read as a script reads it."""

    def __init__(self, page: Page) -> None:
        """Read through the same browser, so that nothing else is asked for."""
        self._request = page.request

    def wait_for(self, wanted: Callable[[dict[str, str]], bool], number: int = 1) -> str:
        """Return the id of the newest mail that is wanted, once there are ``number`` of them."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = [mail for mail in self._listed() if wanted(mail)]
            if len(found) >= number:
                return found[0]["id"]
            time.sleep(0.2)
        raise AssertionError(f"no such mail within {PATIENCE:.0f} s; there are {self._listed()}")

    def to(self, person: Person, about: str = "", number: int = 1) -> str:
        """Return the id of the newest mail to a person, once there are ``number`` about this."""
        return self.wait_for(
            lambda mail: person.email in mail["to"] and about in mail["subject"], number
        )

    def letter_of(self, person: Person) -> EmailMessage:
        """Return the letter that left for the office; replies to it go to the person."""
        self.to(person, "A copy of your letter")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for mail in self._listed():
                if mail["to"].rstrip(">").endswith(".invalid"):
                    letter = self.read(mail["id"])
                    if person.email in str(letter["Reply-To"]):
                        return letter
            time.sleep(0.2)
        raise AssertionError(f"no letter of {person.email} left")

    def letters_of(self, person: Person) -> int:
        """Return how many letters of a person have left."""
        letters = [mail for mail in self._listed() if mail["to"].rstrip(">").endswith(".invalid")]
        return sum(person.email in str(self.read(mail["id"])["Reply-To"]) for mail in letters)

    def read(self, mail_id: str) -> EmailMessage:
        """Return a mail, parsed from its raw bytes."""
        raw = self._request.get(f"/demo/mailbox/{mail_id}.eml").body()
        mail = message_from_bytes(raw, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return mail

    def text(self, mail_id: str) -> str:
        """Return the words of a mail, with plain line ends."""
        return text_of(self.read(mail_id))

    def code_for(self, person: Person, number: int = 1) -> str:
        """Return the six digits of the newest mail that asks a person to confirm."""
        text = self.text(self.to(person, "Please confirm", number))
        found = _CODE.search(text)
        assert found, f"no code in:\n{text}"
        return found[1]

    def link_for(self, person: Person, kind: str) -> str:
        """Return the newest link of a kind that a person was sent, as a path: confirm, not-me."""
        for mail in self._listed():
            if person.email in mail["to"]:
                found = re.search(rf"https?://[^/\s]+(/{kind}/\S+)", self.text(mail["id"]))
                if found:
                    return found[1]
        raise AssertionError(f"nobody sent a {kind} link to {person.email}")

    def _listed(self) -> list[dict[str, str]]:
        listed: list[dict[str, str]] = json.loads(self._request.get("/demo/mailbox.json").text())
        return listed


def text_of(mail: EmailMessage) -> str:
    """Return the plain words of a mail."""
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content()).replace("\r\n", "\n")
