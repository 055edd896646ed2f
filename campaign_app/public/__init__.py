"""Door: the pages that everyone sees."""

from __future__ import annotations

from flask import Flask

from campaign_app.letters.catalogue import load_catalogue
from campaign_app.public import (
    campaigns,
    confirming,
    data_ages,
    health,
    information,
    letters,
    own_letter,
    places,
    thanks,
)
from campaign_app.settings import Settings
from campaign_app.web import assets


def open_to(app: Flask, settings: Settings) -> None:
    """Put the public pages into the app; a letter file that cannot be used refuses the start."""
    places.install(app, settings)
    app.context_processor(data_ages.data_ages)
    app.extensions["campaign_letters"] = load_catalogue(assets("letters"))
    for pages in (
        health.pages,
        campaigns.pages,
        letters.pages,
        thanks.pages,
        confirming.pages,
        own_letter.pages,
        information.pages,
    ):
        app.register_blueprint(pages)
