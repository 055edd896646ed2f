"""What every page must look like, measured in the browser."""

from __future__ import annotations

from playwright.sync_api import Page

# Words that stick out of a clipped box are lost; decoration and hidden helpers are not words.
_CUT = """() => [...document.querySelectorAll('h1, h2, h3, p, li, label, legend, a, button, dd')]
  .filter((e) => !e.closest('.visually-hidden, .skip-link'))
  .filter((e) => e.getClientRects().length)
  .filter((e) => {
    const box = e.getBoundingClientRect();
    return box.right > innerWidth + 1 || box.left < -1;
  })
  .filter((e) => !e.closest('.table-scroll'))
  .map((e) => e.textContent.trim().slice(0, 60))"""


def fits(page: Page) -> None:
    """Assert that nobody has to scroll sideways and that no words stand outside the screen."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"
    assert not (cut := page.evaluate(_CUT)), f"{page.url} cuts off {cut}"


def shown_letter(page: Page) -> list[str]:
    """Return the paragraphs of the letter as the reader sees them."""
    paragraphs = page.locator("[data-composer-letter] .letter__body p:visible")
    return [text.strip() for text in paragraphs.all_inner_texts()]


def shown_foot(page: Page) -> str:
    """Return the lines under the letter as the reader sees them."""
    return page.locator("[data-composer-letter] .letter__foot").inner_text().strip()
