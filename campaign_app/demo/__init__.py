"""Door: the demonstration, where everything is invented and nothing leaves the computer."""

from __future__ import annotations

from flask import Flask

from campaign_app.demo import mailbox, tour
from campaign_app.settings import Settings


def open_to(app: Flask, settings: Settings) -> None:
    """Put the demonstration's pages into the app, in demo mode only."""
    if settings.demo:
        app.register_blueprint(tour.pages)
        app.register_blueprint(mailbox.pages)
