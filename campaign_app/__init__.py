"""A campaigning platform: letters to representatives, petitions, and what stands around them."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from campaign_app import cli, demo, public, tables, web
from campaign_app.database import db, engine_options, prepare_engine
from campaign_app.settings import Settings
from campaign_app.vault import keys

__all__ = ["create_app", "tables"]

HERE = Path(__file__).parent


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application: settings, database, furniture, doors, in this order.

    Raises SettingsRefused when the settings cannot be right.
    """
    settings = settings or Settings.from_env(os.environ)
    app = web.bare_app(settings)
    keys.use(keys.Keys.from_secrets(settings.secret_key, settings.seal_keys, settings.pepper))
    _connect(app, settings)
    web.furnish(app, settings)
    public.open_to(app, settings)
    demo.open_to(app, settings)
    cli.open_to(app)
    return app


def _connect(app: Flask, settings: Settings) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = _absolute(settings.database_url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings.database_url)
    db.init_app(app)
    Migrate(app, db, directory=str(HERE / "migrations"), render_as_batch=True)
    with app.app_context():
        prepare_engine(db.engine)


def _absolute(url: str) -> str:
    """Return a SQLite address whose file is named from here, not from Flask's own folder."""
    if not url.startswith("sqlite:///"):
        return url
    path = Path(url.removeprefix("sqlite:///")).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{path}"
