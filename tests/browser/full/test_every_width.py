"""Every page and state at three widths and in both schemes, with JavaScript and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import states
from tests.browser.axe import axe
from tests.browser.looks import fits
from tests.browser.servers import demonstration, free_port
from tests.browser.states import Stop
from tests.browser.supporter import (
    WORDS,
    press,
    reach_letter,
    send_button,
    somebody,
    write_words,
)
from tests.browser.views import (
    DESKTOP,
    DESKTOP_WITHOUT_JAVASCRIPT,
    PHONE,
    PHONE_WITHOUT_JAVASCRIPT,
    View,
    Watch,
    looking,
)

SIZES = ((320, 640), (768, 1024), (1280, 900))
Walk = Callable[[Page], Iterator[Stop]]


@pytest.mark.parametrize("walk", states.WALKS, ids=lambda walk: walk.__name__)
def test_every_state_at_every_width_in_both_schemes(
    walk: Walk,
    open_page: Callable[[View], tuple[Page, Watch]],
    picture: Callable[[Page, str], Path],
) -> None:
    page, watch = open_page(DESKTOP)

    for stop in walk(page):
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            fits(page)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                axe(page)
                picture(page, stop.name)
        page.emulate_media(color_scheme="light")
        if stop.status >= 400:
            watch.expect(str(stop.status))


@pytest.mark.parametrize("view", [PHONE_WITHOUT_JAVASCRIPT, DESKTOP_WITHOUT_JAVASCRIPT], ids=str)
@pytest.mark.parametrize("walk", states.WALKS, ids=lambda walk: walk.__name__)
def test_every_state_without_javascript(walk: Walk, page: Page, watch: Watch) -> None:
    for stop in walk(page):
        axe(page)
        fits(page)
        if stop.status >= 400:
            watch.expect(str(stop.status))


@pytest.mark.parametrize("view", [PHONE, PHONE_WITHOUT_JAVASCRIPT], ids=str)
def test_back_after_the_server_stopped_and_started(
    browser: Browser, tmp_path: Path, view: View
) -> None:
    port = free_port()
    with looking(browser, f"http://127.0.0.1:{port}", view) as (page, watch):
        with demonstration(tmp_path, port=port):
            reach_letter(page, somebody())
            write_words(page)
            name = send_button(page)
        page.get_by_role("button", name=name).click()
        page.wait_for_url("chrome-error://**")
        with demonstration(tmp_path, port=port):
            page.go_back()
            assert page.locator("[name=personal_message]").input_value() == WORDS
            press(page, name)
            expect(page.locator("h1")).to_contain_text("check your email")
        watch.faults[:] = [fault for fault in watch.faults if "net::ERR" not in fault]
