"""The tour: one page that leads through everything there is to try."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from campaign_app.campaigns.published import all_published
from campaign_app.database import db

pages = Blueprint("tour", __name__)

#: Postcodes that lead to each kind of page, so that all can be tried without looking for them.
TO_TRY = (
    ("SE1 2DL", "an MP and a Cancer Alliance in London"),
    ("M1 1AD", "an MP and a Cancer Alliance in Manchester"),
    ("CF23 6EB", "Wales"),
    ("AB15 9RT", "Scotland"),
    ("BT53 7HX", "Northern Ireland"),
    ("JE2 4WD", "Jersey"),
    ("BFPO 12", "a forces address"),
    ("HP10 0AA", "a seat without an MP"),
    ("CV34 5AW", "an MP without an email address"),
    ("SE1 2DI", "a slip of the finger"),
)


@pages.get("/demo")
def tour() -> Response:
    """Show what can be tried here, and with which postcodes."""
    campaigns = all_published(db.session())
    page = render_template("demo/tour.html", campaigns=campaigns, to_try=TO_TRY)
    return make_response(page)
