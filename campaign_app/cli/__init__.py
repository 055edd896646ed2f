"""Door: the command line, ``campaign``.

Exit codes: 0 done, 1 failed, 2 wrong use.
"""

from __future__ import annotations

import os
import sys

import click
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

from campaign_app.cli import check, demonstration, letters, mail, petition, places, running
from campaign_app.errors import CampaignError
from campaign_app.settings import PREFIX, Mode

COMMANDS = (
    running.serve,
    running.worker,
    running.upgrade,
    demonstration.demo,
    check.check,
    letters.letters,
    places.places,
    petition.petition,
    mail.mail,
)
NO_TABLES = "The database has no tables yet, or not all of them. Run campaign upgrade."
NO_DATABASE = "The database does not answer. Check CAMPAIGN_DATABASE_URL."


def open_to(app: Flask) -> None:
    """Put the commands into the app."""
    for command in COMMANDS:
        app.cli.add_command(command)


class Commands(FlaskGroup):
    """Our commands and no others; the app is made by those that need it, not for the help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own.
        """Return the names of our commands."""
        return sorted(self.commands)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """Return one of our commands."""
        return self.commands.get(name)


def main() -> None:
    """Run the command line; what goes wrong is told in words."""
    if sys.argv[1:2] == ["demo"]:
        os.environ.setdefault(f"{PREFIX}MODE", Mode.DEMO)
    try:
        _commands().main(prog_name="campaign", standalone_mode=True)
    except CampaignError as error:
        _fail(f"{error.message} {error.what_next}")
    except (OperationalError, ProgrammingError) as error:
        # The driver's words can hold a value from a row, so only ours are told.
        _fail(NO_TABLES if _lacks_tables(error) else NO_DATABASE)


def _commands() -> Commands:
    from campaign_app import create_app  # noqa: PLC0415 - the factory imports this door.

    commands = Commands(
        name="campaign",
        create_app=create_app,
        add_default_commands=False,
        add_version_option=False,
        load_dotenv=False,
        help="Run a campaigning platform. Settings come from CAMPAIGN_… variables.",
    )
    for command in COMMANDS:
        commands.add_command(command)
    return commands


def _lacks_tables(error: OperationalError | ProgrammingError) -> bool:
    return "no such table" in str(error.orig) or isinstance(error, ProgrammingError)


def _fail(words: str) -> None:
    click.echo(words, err=True)
    sys.exit(1)
