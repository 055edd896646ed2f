"""Accessibility, checked by axe in the page as the reader sees it."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RUN = "axe.run(document, {resultTypes: ['violations']})"


def axe(page: Page) -> None:
    """Assert that axe finds nothing to complain about on the page."""
    page.evaluate(AXE_SCRIPT)
    violations = page.evaluate(RUN)["violations"]
    assert not violations, f"axe on {page.url}:\n" + "\n".join(map(_told, violations))


def _told(violation: dict[str, Any]) -> str:
    places = (f"    {node['html']}\n{_indented(node)}" for node in violation["nodes"])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}\n" + "\n".join(places)


def _indented(node: dict[str, Any]) -> str:
    return "\n".join(f"      {line}" for line in node["failureSummary"].splitlines())
