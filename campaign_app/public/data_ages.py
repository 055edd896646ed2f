"""The line in the footer that says how old our facts about places are."""

from __future__ import annotations

from flask import current_app, request
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from campaign_app import clock
from campaign_app.database import db
from campaign_app.places.freshness import SourceAge, freshness
from campaign_app.public.places import imported_directory
from campaign_app.settings import Settings
from campaign_app.web.languages import N_

#: Pages that rest on places; others need no database for their footer.
BLUEPRINTS = frozenset({"campaigns", "letters"})

#: Sources that a visitor can make sense of, and what we call them there.
SHOWN = {
    "imported directory": N_("Postcodes as of %(day)s"),
    "demo directory": N_("Postcodes as of %(day)s"),
    "members of parliament": N_("MPs as of %(day)s"),
    "alliance contacts": N_("Cancer Alliances as of %(day)s"),
    "cancer alliances": N_("Names of Cancer Alliances as of %(day)s"),
}


def data_ages() -> dict[str, list[str]]:
    """Return the lines for this page's footer, or nothing where the page needs none."""
    if request.blueprint not in BLUEPRINTS:
        return {}
    try:
        ages = freshness(db.session(), imported_directory(), clock.now())
    except SQLAlchemyError:
        # An error page must come out even when the database is why there is an error.
        return {}
    return {"data_ages": [_line(age) for age in ages if _shown(age)]}


def _shown(age: SourceAge) -> bool:
    settings: Settings = current_app.extensions["campaign_settings"]
    demo_only = age.name == "demo directory" and not settings.demo
    return age.name in SHOWN and age.as_of is not None and not demo_only


def _line(age: SourceAge) -> str:
    return _(SHOWN[age.name], day=clock.in_words(age.as_of)) if age.as_of else ""
