"""Door: the command line, ``campaign``."""

from __future__ import annotations

from flask import Flask

from campaign_app.settings import Settings


def open_to(app: Flask, settings: Settings) -> None:
    """Put the commands into the app."""


def main() -> None:
    """Run the command line."""
