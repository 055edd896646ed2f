"""Languages by path, never by cookie; English until the Welsh pages open."""

from __future__ import annotations

from flask import Flask, g, has_request_context
from flask_babel import Babel

DEFAULT = "en"


def install(app: Flask) -> None:
    """Give templates gettext and the current language."""
    app.config["BABEL_DEFAULT_LOCALE"] = "en_GB"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/London"
    Babel(app, locale_selector=lambda: "cy" if language() == "cy" else "en_GB")


def language() -> str:
    """Return the language of the page that is being made."""
    if has_request_context():
        chosen: str = g.get("lang", DEFAULT)
        return chosen
    return DEFAULT
