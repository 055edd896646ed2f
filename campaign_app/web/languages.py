"""Languages by path, never by cookie; English until the Welsh pages open."""

from __future__ import annotations

from typing import cast

from flask import Flask, g, has_request_context
from flask_babel import Babel, lazy_gettext

DEFAULT = "en"


def install(app: Flask) -> None:
    """Give templates gettext and the current language."""
    app.config["BABEL_DEFAULT_LOCALE"] = "en_GB"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/London"
    Babel(app, locale_selector=lambda: "cy" if language() == "cy" else "en_GB")


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it.
    """Mark words for the catalogue that are translated later, where they are shown."""
    return text


def lazy(text: str, **values: object) -> str:
    """Return words that are translated each time they are shown, for forms made at import."""
    return cast("str", lazy_gettext(text, **values))


def language() -> str:
    """Return the language of the page that is being made."""
    if has_request_context():
        chosen: str = g.get("lang", DEFAULT)
        return chosen
    return DEFAULT
