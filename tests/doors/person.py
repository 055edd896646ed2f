"""Somebody at our pages: reads forms as a browser without JavaScript does, and presses buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.doors.content import HOME, PAGE
from tests.pages import Page, check_page

SAME_ORIGIN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
FORM_TYPE = "application/x-www-form-urlencoded"
DETAILS = {
    "postcode": HOME,
    "first_name": "Siân",
    "last_name": "Llŷr-Ŵyn",
    "email": "sian@gmail.com",
    "address_line_1": "14 Tower Bridge Road",
    "address_line_2": "",
    "town": "London",
}
_FOR_ENTER = re.compile(r'<button class="visually-hidden"[^>]* aria-hidden="true"[^>]*></button>')
WORDS = "My mother waited eleven weeks.\n\nNobody should."


@dataclass(frozen=True)
class Button:
    """A button that sends a form."""

    words: str
    name: str | None
    value: str
    action: str | None


@dataclass(frozen=True)
class Form:
    """A form as it stands on a page."""

    action: str
    pairs: list[tuple[str, str]]
    buttons: list[Button]

    def filled(self, typed: Mapping[str, str | list[str]]) -> list[tuple[str, str]]:
        """The fields with what somebody typed; a list stands for several of one name."""
        kept = [pair for pair in self.pairs if pair[0] not in typed]
        lists = {
            name: [value] if isinstance(value, str) else value for name, value in typed.items()
        }
        return kept + [(name, value) for name, values in lists.items() for value in values]


def checked(answer: TestResponse) -> Page:
    """Hold an answer to the house checks, and return it parsed."""
    # The button that Enter presses is drawn for nobody (components/button.html), so that it
    # needs no words; it is taken out of a copy, because the checks ask every button for some.
    html = _FOR_ENTER.sub("", answer.get_data(as_text=True))
    copy = TestResponse([html.encode()], answer.status, answer.headers, request=answer.request)
    return check_page(copy)


def forms_of(page: Page) -> list[Form]:
    """Every form of a page that posts."""
    found = [form for form in page.all("form") if form.get("method") == "post"]
    return [
        Form(form.get("action", ""), list(_pairs(form)), list(_buttons(form))) for form in found
    ]


def _pairs(form: ET.Element) -> Iterator[tuple[str, str]]:
    for element in form.iter():
        name, kind = element.get("name"), element.get("type", "text")
        if not name or element.tag not in {"input", "textarea"} or kind == "submit":
            continue
        if element.tag == "textarea":
            yield name, element.text or ""
        elif kind not in {"checkbox", "radio"} or element.get("checked") is not None:
            yield name, element.get("value", "")


def _buttons(form: ET.Element) -> Iterator[Button]:
    for element in form.iter("button"):
        words = " ".join("".join(element.itertext()).split())
        yield Button(
            words, element.get("name"), element.get("value", ""), element.get("formaction")
        )


@dataclass
class Someone:
    """A person with a page open; ``check`` holds every page to the house checks."""

    client: FlaskClient
    headers: dict[str, str] = field(default_factory=lambda: dict(SAME_ORIGIN))
    answer: TestResponse = field(init=False)
    page: Page = field(init=False)

    def opens(self, path: str) -> Page:
        """Open an address."""
        return self._sees(self.client.get(path))

    def presses(self, words: str, **typed: str | list[str]) -> Page:
        """Press a button, after typing, and follow where it leads.

        The button is named by its words, or by a piece of the address that it sends to.
        """
        form, button = self._button(words)
        pairs = form.filled(typed)
        if button.name:
            pairs.append((button.name, button.value))
        return self.sends(button.action or form.action, pairs)

    def sends(self, path: str, pairs: list[tuple[str, str]] | dict[str, str]) -> Page:
        """Send a form to an address and follow where it leads."""
        answer = self.client.post(
            path, data=urlencode(pairs), content_type=FORM_TYPE, headers=self.headers
        )
        if answer.status_code == 303:
            answer = self.client.get(answer.headers["Location"])
        return self._sees(answer)

    def goes_to_letter(self, **different: str) -> Page:
        """Go from nothing to the letter."""
        self.opens(PAGE)
        return self.presses("Next", **{**DETAILS, **different})

    def sends_letter(self, words: str = WORDS, **different: str) -> Page:
        """Go from nothing to the thank-you page."""
        self.goes_to_letter(**different)
        return self.presses(
            "Send to", personal_message=words, consent_story="yes", consent_email="yes"
        )

    @property
    def path(self) -> str:
        """Where the person is now."""
        return self.answer.request.path

    @property
    def text(self) -> str:
        """What the page says, on one line."""
        main = next(e for e in self.page.all("main"))
        return re.sub(r"\s+", " ", "".join(main.itertext())).strip()

    @property
    def heading(self) -> str:
        """The heading of the page."""
        return " ".join("".join(self.page.all("h1")[0].itertext()).split())

    @property
    def summary(self) -> list[tuple[str | None, str]]:
        """The error summary: where each line leads, and its words."""
        boxes = [e for e in self.page.all("div") if e.get("class") == "error-summary"]
        lines = [line for box in boxes for line in box.iter("li")]
        return [(_leads_to(line), "".join(line.itertext()).strip()) for line in lines]

    @property
    def errors(self) -> dict[str, str]:
        """The errors beside the fields, by the field's id."""
        found = [p for p in self.page.all("p") if "field__error" in p.get("class", "")]
        return {
            p.get("id", "").removesuffix("-error"): "".join(p.itertext())
            .replace("Error:", "")
            .strip()
            for p in found
        }

    @property
    def values(self) -> dict[str, str]:
        """What stands in the fields of the page's forms."""
        return {name: value for form in forms_of(self.page) for name, value in form.pairs}

    @property
    def buttons(self) -> list[str]:
        """The words of every button that sends something."""
        return [button.words for form in forms_of(self.page) for button in form.buttons]

    def _button(self, words: str) -> tuple[Form, Button]:
        for form in forms_of(self.page):
            for button in reversed(form.buttons):
                leads_there = words.startswith("/") and words in (button.action or form.action)
                if leads_there or (button.words and button.words.startswith(words)):
                    return form, button
        raise AssertionError(f"no button says {words!r}; there are {self.buttons}")

    def _sees(self, answer: TestResponse) -> Page:
        self.answer = answer
        self.page = checked(answer)
        return self.page


def _leads_to(line: ET.Element) -> str | None:
    link = line.find("a")
    return None if link is None else link.get("href", "").removeprefix("#")


def _words(element: ET.Element) -> str:
    return "".join(element.itertext()).replace("Error:", "").strip()
