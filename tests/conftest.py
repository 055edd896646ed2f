"""Fixtures that every test may ask for; whatever uses a database runs on both of ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy.orm import Session

from campaign_app.database import db
from campaign_app.settings import Settings
from tests.databases import PristineDatabase, PristineFile, address, running, settings_for
from tests.postgres import EXTERNAL, Server, external_server, find_programs, throwaway_server
from tests.required import skip_without
from tests.sockets import only_loopback
from tests.visitors import Operator, Visitor

HERE = Path(__file__).parent
DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))

# Where a test lies says what it needs; nobody has to remember the marker.
MARKERS_BY_FOLDER = {
    "browser": ("browser",),
    "browser/full": ("browser", "full"),
    "chaos": ("chaos",),
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker in _markers_of(item.path.relative_to(HERE)):
            item.add_marker(marker)


def _markers_of(path: Path) -> Iterator[str]:
    for folder in path.parents:
        yield from MARKERS_BY_FOLDER.get(folder.as_posix(), ())
    if any(part.startswith("shared_") for part in path.parts):
        yield "shared"


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    with only_loopback():
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server for this session: a throwaway one, or the one that is named."""
    with ExitStack() as stack:
        if url := os.environ.get(EXTERNAL):
            yield stack.enter_context(external_server(url))
        elif programs := find_programs():
            yield stack.enter_context(throwaway_server(programs))
        else:
            skip_without("PostgreSQL", "install it (Debian: postgresql), or set " + EXTERNAL)


@pytest.fixture(scope="session")
def pristine_file(tmp_path_factory: pytest.TempPathFactory) -> PristineFile:
    """The SQLite file that tests get copies of."""
    return PristineFile.made_in(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def pristine_database(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PristineDatabase]:
    """The PostgreSQL database that tests get one after the other."""
    folder = tmp_path_factory.mktemp("postgresql")
    with PristineDatabase.made_on(postgres_server, folder) as pristine:
        yield pristine


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a clean database with all our tables; the test runs once on each kind."""
    # Asked for by name, so that a test on SQLite never waits for a PostgreSQL server.
    if request.param == "sqlite":
        pristine_file: PristineFile = request.getfixturevalue("pristine_file")
        return pristine_file.copied_to(tmp_path)
    pristine_database: PristineDatabase = request.getfixturevalue("pristine_database")
    return pristine_database.cleaned()


@pytest.fixture(params=DATABASES)
def blank_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables, for tests of migrations."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
        return
    server: Server = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield address(url)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings in test mode; use dataclasses.replace and start_app for others."""
    return settings_for(database_url, tmp_path)


@pytest.fixture
def start_app() -> Iterator[Callable[[Settings], Flask]]:
    """Start an app with settings of your own; it is closed after the test."""
    with ExitStack() as stack:

        def start(settings: Settings) -> Flask:
            app = stack.enter_context(running(settings))
            app.test_client_class = Visitor
            app.test_cli_runner_class = Operator
            return app

        yield start


@pytest.fixture
def app(settings: Settings, start_app: Callable[[Settings], Flask]) -> Flask:
    """The real app on a clean database."""
    return start_app(settings)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The database session, in an app context that lasts as long as the test."""
    with app.app_context():
        yield db.session()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor; see tests/visitors.py for what it shares with the test (only the database)."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Somebody at the command line."""
    return app.test_cli_runner()


@pytest.fixture
def now() -> datetime:
    """The moment at which tests happen: a Friday morning in London."""
    return datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
