"""The browser's own house checks find what they are there to find."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pytest_httpserver import HTTPServer

from tests.browser.axe import axe
from tests.browser.views import PHONE, PHONE_WITHOUT_JAVASCRIPT, View, looking

GOOD = (
    "<!doctype html><html lang=en><head><title>A page</title><link rel=icon href=data:,></head>"
    "<body><main><h1>A page</h1>{more}</main></body></html>"
)


@pytest.fixture
def site(httpserver: HTTPServer) -> Callable[[str], str]:
    """A server with one page; gives its address."""

    def serve(more: str = "") -> str:
        html = GOOD.replace("{more}", more)
        httpserver.expect_request("/").respond_with_data(html, content_type="text/html")
        return httpserver.url_for("")

    return serve


@pytest.mark.parametrize("view", [PHONE, PHONE_WITHOUT_JAVASCRIPT], ids=str)
def test_a_good_page_passes(browser: Browser, site: Callable[[str], str], view: View) -> None:
    with looking(browser, site(""), view) as (page, _):
        page.goto("/")

        axe(page)


@pytest.mark.parametrize("view", [PHONE, PHONE_WITHOUT_JAVASCRIPT], ids=str)
def test_axe_names_what_is_wrong(browser: Browser, site: Callable[[str], str], view: View) -> None:
    with looking(browser, site("<input name=email>"), view) as (page, _):
        page.goto("/")

        with pytest.raises(AssertionError, match=r"label \(critical\): Form elements must have"):
            axe(page)


def test_a_script_error_fails_the_page(browser: Browser, site: Callable[[str], str]) -> None:
    with pytest.raises(AssertionError, match="script error: oh no"):
        visit(browser, site("<script>throw 'oh no'</script>"), PHONE)


def test_asking_another_host_fails_the_page(browser: Browser, site: Callable[[str], str]) -> None:
    with pytest.raises(AssertionError, match="asked another host: http://example"):
        visit(browser, site("<img alt='' src=http://example.invalid/a.png>"), PHONE)


def test_an_error_that_is_expected_passes(browser: Browser, site: Callable[[str], str]) -> None:
    with looking(browser, site("<script>throw 'as planned'</script>"), PHONE) as (page, watch):
        page.goto("/")

        watch.expect("as planned")


def test_no_script_runs_without_javascript(browser: Browser, site: Callable[[str], str]) -> None:
    visit(browser, site("<script>throw 'oh no'</script>"), PHONE_WITHOUT_JAVASCRIPT)


def test_a_picture_is_kept(
    browser: Browser, site: Callable[[str], str], picture: Callable[[Page, str], Path]
) -> None:
    with looking(browser, site(""), PHONE) as (page, _):
        page.goto("/")

        assert picture(page, "a-good-page").stat().st_size > 0


def visit(browser: Browser, base: str, view: View) -> None:
    with looking(browser, base, view) as (page, _):
        page.goto("/")
