"""What every template can name."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import gettext

from campaign_app import clock
from campaign_app.settings import Settings
from campaign_app.web.languages import N_, language
from campaign_app.web.markdown import rendered

FOOTER_LINKS = (
    (N_("Campaigns"), "/"),
    (N_("Privacy"), "/privacy"),
    (N_("Accessibility"), "/accessibility"),
)


def install(app: Flask, settings: Settings) -> None:
    """Give every template the organisation, the language and the demonstration's mark."""
    app.jinja_env.filters["markdown"] = rendered
    app.jinja_env.filters["date_in_words"] = clock.in_words
    app.jinja_env.filters["time_in_words"] = clock.time_in_words
    constant = {
        "organisation": settings.organisation,
        "base_url": settings.base_url,
        "demo": settings.demo,
        "demo_mail_leaves": settings.demo and settings.smtp_url is not None,
        "errors": False,
        "data_ages": (),
    }

    @app.context_processor
    def _words() -> dict[str, Any]:
        return {
            **constant,
            "lang": language(),
            "now_year": clock.london(clock.now()).year,
            "footer_links": [(gettext(text), href) for text, href in FOOTER_LINKS],
        }
