"""How people look at our pages, and what a page must not do while they look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request


@dataclass(frozen=True)
class View:
    """A screen, with or without JavaScript."""

    name: str
    width: int
    height: int
    javascript: bool = True
    scheme: str = "light"
    motion: str = "reduce"

    def __str__(self) -> str:
        """The name, for the ids of tests and the names of pictures."""
        return self.name


PHONE = View("phone", 320, 640)
DESKTOP = View("desktop", 1280, 900)
PHONE_WITHOUT_JAVASCRIPT = View("phone-without-javascript", 320, 640, javascript=False)
DESKTOP_WITHOUT_JAVASCRIPT = View("desktop-without-javascript", 1280, 900, javascript=False)
VIEWS = (PHONE, DESKTOP, PHONE_WITHOUT_JAVASCRIPT, DESKTOP_WITHOUT_JAVASCRIPT)


@dataclass
class Watch:
    """What a page did that none of our pages may do.

    Chromium reports a page that answers 4xx as a console error. A test that asks for one on
    purpose takes it off the list: ``watch.expect("404")``.
    """

    host: str
    faults: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        """Listen to a page from now on."""
        self.pages.append(page)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("request", self._request)

    def expect(self, words: str) -> None:
        """Forgive the faults that hold these words; it fails when there are none."""
        for page in self.pages:
            # What a page says comes a moment after it shows.
            for _ in range(40):
                if any(words in fault for fault in self.faults):
                    break
                page.wait_for_timeout(50)
        kept = [fault for fault in self.faults if words not in fault]
        assert len(kept) < len(self.faults), f"nothing said {words!r}: {self.faults}"
        self.faults[:] = kept

    def check(self) -> None:
        """Assert that nothing happened that should not."""
        assert not self.faults, "the browser complained:\n" + "\n".join(self.faults)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location['url']})")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https"} and address.netloc != self.host:
            self.faults.append(f"asked another host: {request.url}")


@contextmanager
def looking(browser: Browser, base: str, view: View) -> Iterator[tuple[Page, Watch]]:
    """A new page in a browser that remembers nothing; faults fail the test at the end."""
    context = browser.new_context(
        base_url=base,
        viewport={"width": view.width, "height": view.height},
        java_script_enabled=view.javascript,
        color_scheme="dark" if view.scheme == "dark" else "light",
        reduced_motion="reduce" if view.motion == "reduce" else "no-preference",
        locale="en-GB",
        timezone_id="Europe/London",
    )
    watch = Watch(urlsplit(base).netloc)
    try:
        page = context.new_page()
        page.set_default_timeout(10_000)
        watch.follow(page)
        yield page, watch
        watch.check()
    finally:
        context.close()
