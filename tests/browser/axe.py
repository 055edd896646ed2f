"""Accessibility, checked by axe in the page as the reader sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Route

# Axe leaves the size of targets (WCAG 2.2, 2.5.8) to those who ask for it.
RUN = """axe.run(document, {
  resultTypes: ['violations'], rules: {'target-size': {enabled: true}},
})"""
NOSCRIPT = re.compile(r"<(/?)noscript\b")


def axe(page: Page) -> None:
    """Assert that axe finds nothing to complain about on the page."""
    if page.evaluate("matchMedia('(scripting: none)').matches"):
        with _copy_with_scripts(page) as copy:
            _check(copy)
    else:
        _check(page)


def _check(page: Page) -> None:
    page.evaluate(AXE_SCRIPT)
    violations = page.evaluate(RUN)["violations"]
    assert not violations, f"axe on {page.url}:\n" + "\n".join(map(_told, violations))


@contextmanager
def _copy_with_scripts(page: Page) -> Iterator[Page]:
    # Axe waits for timers, which never fire where scripts are off. So it looks at a copy of what
    # the reader sees, at the same address, in which axe is the only script that runs.
    html = NOSCRIPT.sub(r"<\1div", page.content())

    def answer(route: Route) -> None:
        if route.request.resource_type == "script":
            route.abort()
        elif route.request.is_navigation_request():
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        else:
            route.continue_()

    browser = page.context.browser
    assert browser, "the page was opened by looking(), so it has a browser"
    with browser.new_context(viewport=page.viewport_size, reduced_motion="reduce") as context:
        copy = context.new_page()
        copy.route("**/*", answer)
        copy.goto(page.url)
        yield copy


def _told(violation: dict[str, Any]) -> str:
    places = (f"    {node['html']}\n{_indented(node)}" for node in violation["nodes"])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}\n" + "\n".join(places)


def _indented(node: dict[str, Any]) -> str:
    return "\n".join(f"      {line}" for line in node["failureSummary"].splitlines())
