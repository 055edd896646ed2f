"""Door: the command line, ``campaign``.

Exit codes: 0 done, 1 failed, 2 wrong use.
"""

from __future__ import annotations

import os
import sys

import click
from flask import Flask
from flask.cli import FlaskGroup

from campaign_app.cli import check, demonstration, letters, running
from campaign_app.errors import CampaignError
from campaign_app.settings import PREFIX, Mode, Settings

COMMANDS = (
    running.serve,
    running.worker,
    running.upgrade,
    demonstration.demo,
    check.check,
    letters.letters,
)


def open_to(app: Flask, settings: Settings) -> None:
    """Put the commands into the app."""
    for command in COMMANDS:
        app.cli.add_command(command)


def main() -> None:
    """Run the command line; errors of ours are told in words."""
    from campaign_app import create_app  # noqa: PLC0415 - the factory imports this door.

    if sys.argv[1:2] == ["demo"]:
        os.environ.setdefault(f"{PREFIX}MODE", Mode.DEMO)
    try:
        FlaskGroup(
            name="campaign",
            create_app=create_app,
            add_default_commands=False,
            add_version_option=False,
            load_dotenv=False,
            help="Run a campaigning platform. Settings come from CAMPAIGN_… variables.",
        ).main(prog_name="campaign", standalone_mode=True)
    except CampaignError as error:
        click.echo(f"{error.message} {error.what_next}", err=True)
        sys.exit(1)
