"""Pages about the site itself: privacy and accessibility."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from campaign_app.public import wordings
from campaign_app.web.headers import cached_by_all

pages = Blueprint("information", __name__)


@pages.get("/privacy")
def privacy() -> Response:
    """Say who uses what for what, who receives it, and how long it is kept."""
    return cached_by_all(make_response(render_template("public/privacy.html", wording=wordings)))


@pages.get("/accessibility")
def accessibility() -> Response:
    """Say how well the site can be used, by whom it was checked, and whom to tell."""
    return cached_by_all(make_response(render_template("public/accessibility.html")))
