"""A client and a command line whose every call stands alone, as in life.

Flask lets a request inside a test share the test's app context, and with it the database
session and ``g``. A door that forgets to commit would pass then. Here every call runs in a
context of its own.
"""

from __future__ import annotations

from contextvars import Context
from typing import Any

from click.testing import Result
from flask import has_app_context
from flask.testing import FlaskClient, FlaskCliRunner
from werkzeug.test import TestResponse

from campaign_app.database import db


class UncommittedWork(RuntimeError):
    """The test holds changes that no request could see."""


def _let_go() -> None:
    # Rolling back ends the test's view of the past and marks its objects to be read anew; on
    # SQLite it also gives back the write lock that the request may be about to need.
    if has_app_context():
        db.session.rollback()


def _refuse_uncommitted() -> None:
    if has_app_context() and (db.session.new or db.session.dirty or db.session.deleted):
        raise UncommittedWork("Commit in the test before the request, or it sees nothing of it.")


class Visitor(FlaskClient):
    """A browser without JavaScript; after each request the test's session sees what is true."""

    def open(self, *args: Any, **options: Any) -> TestResponse:  # noqa: ANN401 - as in Werkzeug.
        """Send a request that shares nothing with the test but the database."""
        _refuse_uncommitted()
        _let_go()
        options.setdefault("buffered", True)
        response = Context().run(super().open, *args, **options)
        _let_go()
        return response


class Operator(FlaskCliRunner):
    """Somebody at the command line."""

    def invoke(self, *args: Any, **options: Any) -> Result:  # noqa: ANN401 - as in Flask.
        """Run a command that shares nothing with the test but the database."""
        _refuse_uncommitted()
        _let_go()
        result = Context().run(super().invoke, *args, **options)
        _let_go()
        return result
