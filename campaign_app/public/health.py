"""Two addresses for operators: is the process up, and can it work."""

from __future__ import annotations

from functools import cache

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from campaign_app.database import db

pages = Blueprint("health", __name__)


@pages.get("/healthz")
def up() -> Response:
    """Say that the process is up."""
    return _plain({"up": True}, 200)


@pages.get("/readyz")
def ready() -> Response:
    """Say whether the database answers and has all migrations."""
    try:
        current = MigrationContext.configure(db.session.connection()).get_current_revision()
    except SQLAlchemyError:
        return _plain({"ready": False, "why": "the database does not answer"}, 503)
    if current != _head(current_app.extensions["migrate"].directory):
        return _plain({"ready": False, "why": "migrations are missing: campaign upgrade"}, 503)
    return _plain({"ready": True}, 200)


@cache
def _head(directory: str) -> str | None:
    config = Config()
    config.set_main_option("script_location", directory)
    return ScriptDirectory.from_config(config).get_current_head()


def _plain(facts: dict[str, object], status: int) -> Response:
    answer = jsonify(facts)
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer
