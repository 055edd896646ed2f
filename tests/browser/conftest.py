"""Fixtures for tests that drive a real Chromium on the real demonstration.

They last as long as this folder's tests: Playwright keeps an event loop running in the thread,
which tests elsewhere should not find there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.servers import demonstration, postcode_service
from tests.browser.views import (
    DESKTOP,
    DESKTOP_WITHOUT_JAVASCRIPT,
    PHONE,
    PHONE_WITHOUT_JAVASCRIPT,
    VIEWS,
    View,
    Watch,
    looking,
)
from tests.required import skip_without

PICTURES = Path(__file__).parent / "pictures"

FLAGS = (
    # Chromium's own sandbox does not work as root; our pages are all it ever opens.
    "--no-sandbox",
    # The browser is held to this machine, as the tests are.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

OpenPage: TypeAlias = Callable[[View], tuple[Page, Watch]]


def _find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    candidates = [named] if named else ["/usr/bin/chromium", "chromium", "chromium-browser"]
    return next((found for name in candidates if (found := shutil.which(name))), None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A Chromium from this machine."""
    if not (program := _find_chromium()):
        skip_without("Chromium", "install it (Debian: chromium), or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="package")
def live_server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demonstration that runs for these tests: web, worker and content."""
    with ExitStack() as stack:
        elsewhere = {"CAMPAIGN_POSTCODES_URL": stack.enter_context(postcode_service())}
        folder = tmp_path_factory.mktemp("demonstration")
        yield stack.enter_context(demonstration(folder, elsewhere))


@pytest.fixture
def open_page(browser: Browser, live_server: str) -> Iterator[OpenPage]:
    """Open a page in any view; what it does wrong fails the test at the end."""
    with ExitStack() as stack:

        def opened(view: View) -> tuple[Page, Watch]:
            opening: AbstractContextManager[tuple[Page, Watch]] = looking(
                browser, live_server, view
            )
            return stack.enter_context(opening)

        yield opened


@pytest.fixture(params=VIEWS, ids=str)
def view(request: pytest.FixtureRequest) -> View:
    """Every view in turn: phone and desktop, with and without JavaScript."""
    chosen: View = request.param
    return chosen


@pytest.fixture
def looked_at(open_page: OpenPage, view: View) -> tuple[Page, Watch]:
    """A page and the watch on it, once in every view."""
    return open_page(view)


@pytest.fixture
def page(looked_at: tuple[Page, Watch]) -> Page:
    """A page, once in every view."""
    return looked_at[0]


@pytest.fixture
def watch(looked_at: tuple[Page, Watch]) -> Watch:
    """The watch on that page, for tests that cause an error on purpose."""
    return looked_at[1]


@pytest.fixture
def watched_phone(open_page: OpenPage) -> tuple[Page, Watch]:
    """A small phone with JavaScript, and the watch on it."""
    return open_page(PHONE)


@pytest.fixture
def phone(watched_phone: tuple[Page, Watch]) -> Page:
    """A small phone with JavaScript."""
    return watched_phone[0]


@pytest.fixture
def watch_of_phone(watched_phone: tuple[Page, Watch]) -> Watch:
    """The watch on the phone, for tests that cause an error on purpose."""
    return watched_phone[1]


@pytest.fixture
def desktop(open_page: OpenPage) -> Page:
    """A desktop with JavaScript."""
    return open_page(DESKTOP)[0]


@pytest.fixture
def phone_without_javascript(open_page: OpenPage) -> Page:
    """A small phone on which no script runs."""
    return open_page(PHONE_WITHOUT_JAVASCRIPT)[0]


@pytest.fixture
def desktop_without_javascript(open_page: OpenPage) -> Page:
    """A desktop on which no script runs."""
    return open_page(DESKTOP_WITHOUT_JAVASCRIPT)[0]


@pytest.fixture
def picture() -> Callable[[Page, str], Path]:
    """Keep a picture of the whole page: ``picture(page, "1-details")``."""

    def taken(page: Page, name: str) -> Path:
        width = (page.viewport_size or {"width": 0})["width"]
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        path = PICTURES / f"{name}-{width}{'-dark' if dark else ''}.png"
        page.screenshot(path=path, full_page=True, animations="disabled")
        return path

    return taken
