"""Commands about postcodes, areas and the offices that can be written to."""

from __future__ import annotations

import click

from campaign_app.cli import places_directory, places_targets


@click.group()
def places() -> None:
    """Keep postcodes, areas and representatives up to date."""


for command in (
    places_directory.import_directory,
    places_directory.show_directory,
    *places_targets.COMMANDS,
):
    places.add_command(command)
