"""How far a long reading is: a bar on a terminal, plain lines where there is none."""

from __future__ import annotations

import sys
from typing import Self

import click

EVERY = 100  #: Without a terminal, a line for each so many.
WIDTH = 40


class Progress:
    """Tells on standard error how many of how many were read, so that output stays clean."""

    def __init__(self, *, on_terminal: bool | None = None) -> None:
        self._on_terminal = sys.stderr.isatty() if on_terminal is None else on_terminal
        self._what = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._end_of_bar()

    def __call__(self, what: str, done: int, of: int) -> None:
        """Tell that ``done`` of ``of`` are read."""
        if self._on_terminal:
            self._draw(what, done, of)
        elif done == of or done % EVERY == 0:
            click.echo(f"{what}: {done} of {of} read", err=True)

    def _draw(self, what: str, done: int, of: int) -> None:
        if what != self._what:
            self._end_of_bar()
        self._what = what
        bar = ("#" * (WIDTH * done // of)).ljust(WIDTH, "-")
        click.echo(f"\r{what:8} [{bar}] {done} of {of}", nl=False, err=True)

    def _end_of_bar(self) -> None:
        if self._what:
            click.echo(err=True)
