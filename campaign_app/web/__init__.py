"""Furniture that all doors share: headers, the guard, errors, languages, early answers."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined

from campaign_app.settings import Settings
from campaign_app.web import (
    context,
    early_answer,
    error_pages,
    headers,
    languages,
    leftovers,
    logs,
    slugs,
    statics,
)

PACKAGE = Path(__file__).parent.parent


def assets(name: str) -> Path:
    """Return a folder of ours: beside the package in a checkout, inside it in a wheel."""
    beside = PACKAGE.parent / name
    return beside if beside.is_dir() else PACKAGE / "assets" / name


def bare_app(settings: Settings) -> Flask:
    """Return the Flask object with folders, limits and strict templates, and nothing else."""
    app = logs.Application(
        "campaign_app", template_folder=str(assets("templates")), static_folder=None
    )
    app.url_map.converters["slug"] = slugs.SlugConverter
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.body_limit,
        MAX_FORM_MEMORY_SIZE=settings.body_limit,
        MAX_FORM_PARTS=200,
        TESTING=settings.mode == "test",
        PROPAGATE_EXCEPTIONS=False,
        WTF_CSRF_ENABLED=False,
    )
    app.extensions["campaign_settings"] = settings
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    return app


def furnish(app: Flask, settings: Settings) -> None:
    """Put every piece of furniture into the app."""
    logs.install(app, settings)
    languages.install(app)
    statics.install(app, assets("static"))
    headers.install(app, settings)
    error_pages.install(app)
    context.install(app, settings)
    leftovers.install(app)
    early_answer.install(app)
