"""Door: the pages that everyone sees."""

from __future__ import annotations

from flask import Flask

from campaign_app.public import health
from campaign_app.settings import Settings


def open_to(app: Flask, settings: Settings) -> None:
    """Put the public pages into the app."""
    app.register_blueprint(health.pages)
