"""The home page and each campaign's page: the same for everyone, kept by any cache."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.datastructures import MultiDict

from campaign_app import clock
from campaign_app.campaigns.models import Kind
from campaign_app.campaigns.published import all_published, published
from campaign_app.database import db
from campaign_app.errors import NotFound
from campaign_app.public.journey import Journey
from campaign_app.vault.tokens import page_token
from campaign_app.web.headers import cached_by_all

pages = Blueprint("campaigns", __name__)


@pages.get("/")
def home() -> Response:
    """Show the campaigns that run now."""
    campaigns = all_published(db.session())
    return cached_by_all(make_response(render_template("public/home.html", campaigns=campaigns)))


@pages.get("/campaigns/<slug:slug>")
def campaign(slug: str) -> Response:
    """Show a campaign, with the first step of its action."""
    found = published(db.session(), slug)
    if found.kind is not Kind.EMAIL_TARGET:
        raise NotFound
    typed = MultiDict({"source": request.args.get("source", "")})
    journey = Journey(found, typed, clock.now())
    page = render_template(
        "public/campaign.html",
        journey=journey,
        campaign=found,
        details=journey.details,
        form=journey.letter,
        page_token=page_token(slug, now=journey.now),
        source=journey.traffic_source,
        problems=[],
    )
    return cached_by_all(make_response(page))
