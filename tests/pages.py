"""The house checks that every page passes: ``check_page(client.get(...))``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import html5lib
from html5lib.constants import E as PARSE_ERRORS
from werkzeug.test import TestResponse

from campaign_app.web.headers import CONTENT_SECURITY_POLICY

OUR_HOSTS = frozenset({"localhost", "127.0.0.1"})
# A page fetches these by itself; a plain link to elsewhere is the reader's own choice.
FETCHED = {
    "script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src",
    "audio": "src", "embed": "src", "object": "data", "link": "href", "form": "action",
}  # fmt: skip
# These link elements name an address and fetch nothing.
ONLY_NAMED = frozenset({"canonical", "alternate"})
UNLABELLED_TYPES = frozenset({"hidden", "submit", "button", "reset", "image"})
FORM_FIELDS = ("input", "select", "textarea")


@dataclass(frozen=True)
class Page:
    """A parsed page and what the parser said about it."""

    text: str
    tree: ET.Element
    parse_errors: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Page:
        """Read HTML as a browser does, and keep every error on the way."""
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        tree = parser.parse(text)
        errors = (
            f"line {position[0]}: {PARSE_ERRORS.get(code, code) % values}"
            for position, code, values in parser.errors
        )
        return cls(text, tree, tuple(errors))

    def all(self, name: str) -> list[ET.Element]:
        """Every element of that name, in order."""
        return list(self.tree.iter(name))

    def elements(self) -> Iterator[ET.Element]:
        """Every element; comments are not elements."""
        # The stubs promise a string, but a comment's tag is a function.
        return (element for element in self.tree.iter() if not callable(element.tag))


def check_page(response: TestResponse, *, public: bool = True) -> Page:
    """Assert that a response is a page as we build them, and return it parsed.

    ``public`` pages may be kept by anyone, so they set no cookie.
    """
    assert response.mimetype == "text/html", f"{response.mimetype} is not a page"
    page = Page.parse(response.get_data(as_text=True))
    faults = [*_faults_of_page(page), *_faults_of_headers(response, public=public)]
    where = response.request.path
    assert not faults, f"{where} fails the house checks:\n" + "\n".join(f"- {f}" for f in faults)
    return page


def _faults_of_page(page: Page) -> Iterator[str]:
    yield from page.parse_errors
    yield from _outline(page)
    yield from _ids(page)
    yield from _labels(page)
    yield from _inline(page)
    yield from _hosts(page)


def _outline(page: Page) -> Iterator[str]:
    if not page.text.lstrip().lower().startswith("<!doctype html>"):
        yield "the page does not begin with <!doctype html>"
    if len(page.all("h1")) != 1:
        yield f"there are {len(page.all('h1'))} h1, not one"
    if not any((title.text or "").strip() for title in page.all("title")):
        yield "there is no title"
    if not page.all("html")[0].get("lang"):
        yield "html has no lang"


def _ids(page: Page) -> Iterator[str]:
    ids = Counter(e.get("id") for e in page.elements() if e.get("id") is not None)
    yield from (f"the id {name!r} stands {n} times" for name, n in ids.items() if n > 1)
    for element in page.elements():
        for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            for name in element.get(attribute, "").split():
                if name not in ids:
                    yield f"{attribute}={name!r} names nothing on the page"


def _labels(page: Page) -> Iterator[str]:
    named = {label.get("for") for label in page.all("label") if _words(label)}
    inside = {id(f) for label in page.all("label") if _words(label) for f in label.iter()}
    for field in (f for name in FORM_FIELDS for f in page.all(name)):
        if field.get("type") in UNLABELLED_TYPES or id(field) in inside:
            continue
        if field.get("id") not in named and not _named_by_aria(field):
            yield f"the field {field.get('name')!r} has no label"
    for button in page.all("button"):
        if not _words(button) and not _named_by_aria(button):
            yield f"the button {button.get('name')!r} has no words"


def _words(element: ET.Element) -> str:
    return "".join(element.itertext()).strip()


def _named_by_aria(element: ET.Element) -> bool:
    return bool(element.get("aria-label") or element.get("aria-labelledby"))


def _inline(page: Page) -> Iterator[str]:
    for element in page.elements():
        yield from (
            f"<{element.tag}> has {name}=, which our policy stops"
            for name in element.attrib
            if name == "style" or name.startswith("on")
        )
    if page.all("style"):
        yield "there is an inline style"
    yield from ("there is an inline script" for s in page.all("script") if _runs_inline(s))


def _runs_inline(script: ET.Element) -> bool:
    is_data = script.get("type", "").endswith("json")
    return not script.get("src") and not is_data


def _hosts(page: Page) -> Iterator[str]:
    for element in page.elements():
        for address in _fetched(element):
            if (urlsplit(address).hostname or "localhost") not in OUR_HOSTS:
                yield f"<{element.tag}> asks another host: {address}"


def _fetched(element: ET.Element) -> Iterator[str]:
    if element.tag == "link" and set(element.get("rel", "").split()) & ONLY_NAMED:
        return
    if attribute := FETCHED.get(element.tag):
        yield element.get(attribute, "")
    for candidate in element.get("srcset", "").split(","):
        yield candidate.strip().partition(" ")[0]
    yield element.get("formaction", "")


def _faults_of_headers(response: TestResponse, *, public: bool) -> Iterator[str]:
    yield from _faults_of_policy(response.headers.get("Content-Security-Policy", ""), public)
    if public and "Set-Cookie" in response.headers:
        yield "a public page sets a cookie"


def _faults_of_policy(policy: str, public: bool) -> Iterator[str]:
    if "default-src" not in policy:
        yield f"the Content-Security-Policy has no default-src: {policy!r}"
    if "unsafe-" in policy:
        yield f"the Content-Security-Policy allows what is unsafe: {policy!r}"
    if public and policy != CONTENT_SECURITY_POLICY:
        yield f"a public page may be kept, so its policy is the constant one: {policy!r}"
    sources = (part for rule in policy.split(";") for part in rule.split()[1:])
    yield from (f"the policy trusts another host: {s}" for s in sources if "." in s or s == "*")
