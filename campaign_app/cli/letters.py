"""Commands about letter files."""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext

from campaign_app.letters.catalogue import letter_files
from campaign_app.letters.proof import proof_all
from campaign_app.web import assets


@click.group()
def letters() -> None:
    """Proof-read the letters that campaigns send."""


@letters.command("check")
@with_appcontext
def check_letters() -> None:
    """Proof every letter file; exit 1 when one has a fault."""
    folder = assets("letters")
    faults = proof_all(folder)
    for fault in faults:
        click.echo(f"{fault.letter}: {fault.sentence}")
    click.echo(f"{len(letter_files(folder))} letters read, {len(faults)} faults found.")
    sys.exit(1 if faults else 0)
