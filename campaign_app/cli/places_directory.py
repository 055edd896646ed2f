"""Commands about the imported directory of postcodes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Self

import click
from flask.cli import with_appcontext

from campaign_app import clock
from campaign_app.cli.running import settings
from campaign_app.places.imported.changes import Changes
from campaign_app.places.imported.editions import end_of_month
from campaign_app.places.imported.importing import Report, Wishes, import_edition, unknown_codes
from campaign_app.places.imported.layout import About
from campaign_app.places.imported.mapped import verified

_MEGABYTE = 1_000_000
_LINES = 10  # Plain lines of progress in all, where there is no terminal.
_TOLD = 5  # Codes that are named in a warning.
_CHANGED = {
    "gained": "new",
    "lost": "gone",
    "ended": "ended since",
    "revived": "in use again",
    "nation": "in another nation",
    "constituency": "in another constituency",
    "alliance": "in another alliance",
    "council": "in another council",
}


def directory_path() -> Path:
    """Return where the imported directory lies."""
    return settings().places_directory


class _Month(click.ParamType[date]):
    name = "YYYY-MM"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:  # noqa: ANN401 - as in click.
        try:
            year, month = str(value).split("-")
            return end_of_month(int(year), int(month))
        except (ValueError, IndexError):
            self.fail(f"{value} is no month, like 2026-08.", param, ctx)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--yes", "sure", is_flag=True, help="Replace even when many postcodes are lost.")
@click.option("--edition", type=_Month(), help="Month of the edition, when its name does not say.")
@click.option("--complete/--partial", default=None, help="Whether it holds all postcodes.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@with_appcontext
def import_directory(file: Path, *, as_json: bool, **wishes: Any) -> None:  # noqa: ANN401 - options.
    """Import an edition of the ONS Postcode Directory or NSPL: a zip, a folder or a CSV."""
    now = clock.now()
    with _Progress(sys.stderr.isatty()) as progress:
        report = import_edition(
            file, directory_path(), now=now, wishes=Wishes(**wishes), progress=progress.show
        )
    if as_json:
        click.echo(json.dumps(asdict(report), default=date.isoformat))
        return
    for line in _told(report):
        click.echo(line)


@click.command("directory")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@with_appcontext
def show_directory(*, as_json: bool) -> None:
    """Say which directory is in use, and compare every byte of it with its hash."""
    try:
        about = verified(directory_path())
    except FileNotFoundError:
        click.echo("No directory has been imported. See campaign places import.", err=True)
        sys.exit(1)
    if as_json:
        facts = asdict(about) | {name: list(table) for name, table in _codes(about).items()}
        click.echo(json.dumps(facts, default=date.isoformat))
        return
    click.echo(f"{about.source}, as of {clock.in_words(about.edition)}: whole and unchanged.")
    click.echo(_amount(about.live, about.terminated, complete=about.complete))
    for line in _unknown(unknown_codes(about)):
        click.echo(line)


def _codes(about: About) -> dict[str, list[str]]:
    tables = {"nations": about.nations, "constituencies": about.constituencies,
              "alliances": about.alliances, "councils": about.councils}  # fmt: skip
    return {name: [code for code in table if code] for name, table in tables.items()}


def _told(report: Report) -> Iterator[str]:
    """Yield the report in words, line by line."""
    yield (
        f"{report.source}: edition of {clock.in_words(report.edition)}, {report.edition_from}; "
        f"{report.rows:,} rows, {report.size / _MEGABYTE:.1f} MB."
    )
    yield _amount(report.live, report.terminated, complete=report.complete)
    yield "Columns: " + ", ".join(f"{what} {name}" for what, name in report.columns.items()) + "."
    yield from report.notes
    yield from _unknown(report.unknown)
    if report.changes is not None and report.present_edition is not None:
        yield from _changes(report.changes, report.present_edition)
    yield "The directory is in use." if report.replaced else "A dry run: nothing was changed."


def _amount(live: int, terminated: int, *, complete: bool) -> str:
    complete_or_not = (
        "A postcode that is not in it does not exist."
        if complete
        else "It is not complete: other sources are asked for what is not in it."
    )
    return f"{live:,} live postcodes and {terminated:,} that ended. {complete_or_not}"


def _unknown(unknown: Any) -> Iterator[str]:  # noqa: ANN401 - of a report.
    for kind, codes in unknown.items():
        if codes:
            first = ", ".join(codes[:_TOLD]) + (", ..." if codes[_TOLD:] else "")
            yield f"WARNING: {len(codes)} codes of the {kind} are unknown to us: {first}."


def _changes(found: Changes, since: date) -> Iterator[str]:
    yield f"Against the present directory of {clock.in_words(since)}:"
    if found.none:
        yield "  nothing is different"
    for name, words in _CHANGED.items():
        if count := getattr(found, name):
            yield f"  {count:>9,} {words}"


class _Progress:
    """A bar on a terminal, and a plain line now and then where there is none."""

    def __init__(self, terminal: bool) -> None:  # noqa: FBT001 - what else could it be?
        self.terminal = terminal
        self.bar: Any = None
        self.tenths = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.render_finish()

    def show(self, done: int, size: int, rows: int) -> None:
        """Tell how many bytes of all have been read, and how many rows they were."""
        if self.terminal:
            self._draw(done, size)
        elif (tenths := done * _LINES // max(size, 1)) > self.tenths:
            self.tenths = tenths
            megabytes = f"{done / _MEGABYTE:,.0f} of {size / _MEGABYTE:,.0f} MB"
            click.echo(f"read {megabytes}, {rows:,} rows", err=True)

    def _draw(self, done: int, size: int) -> None:
        if self.bar is None:
            self.bar = click.progressbar(length=size, label="Reading", file=sys.stderr)
            self.bar.render_progress()
        self.bar.update(done - self.bar.pos)
