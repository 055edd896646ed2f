"""Every page and every state: nothing for axe to complain about, and a picture of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import states
from tests.browser.axe import axe
from tests.browser.looks import fits
from tests.browser.states import Stop
from tests.browser.views import DESKTOP_WITHOUT_JAVASCRIPT, PHONE, View, Watch

Walk = Callable[[Page], Iterator[Stop]]


# Where a script changes what a page offers, the page is looked at without it too; all else is in
# tests/browser/full.
CASES = [
    *((PHONE, walk) for walk in states.WALKS),
    (DESKTOP_WITHOUT_JAVASCRIPT, states.the_letter),
    (DESKTOP_WITHOUT_JAVASCRIPT, states.waiting_for_the_code),
]


@pytest.mark.parametrize(
    ("view", "walk"), CASES, ids=lambda case: getattr(case, "__name__", str(case))
)
def test_every_state_is_accessible(
    walk: Walk,
    view: View,
    open_page: Callable[[View], tuple[Page, Watch]],
    picture: Callable[[Page, str], Path],
) -> None:
    page, watch = open_page(view)

    for stop in walk(page):
        axe(page)
        fits(page)
        picture(page, stop.name)
        assert page.locator("h1").count() == 1
        if stop.status >= 400:
            watch.expect(str(stop.status))
        if stop.status == 422:
            _check_errors(page)


def _check_errors(page: Page) -> None:
    """The summary says what the fields say, leads to them, and the title begins with it."""
    assert page.title().startswith("Error:")
    links = page.locator(".error-summary a")
    for link in links.all():
        target = page.locator(f"[id='{(link.get_attribute('href') or '').removeprefix('#')}']")
        assert target.count() == 1
        words = page.locator(".field__error", has_text=link.inner_text())
        assert words.count() >= 1, f"no field says {link.inner_text()!r}"
