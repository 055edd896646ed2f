"""Import an edition: read it, write a new file, compare it with the present one, replace that."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from campaign_app.places.facts import facts
from campaign_app.places.imported.changes import Changes, changes
from campaign_app.places.imported.columns import WANTED, EditionRefused
from campaign_app.places.imported.editions import Edition, end_of_month, opened
from campaign_app.places.imported.gathering import Gathered, Progress, gathered
from campaign_app.places.imported.layout import About, DirectoryDamaged
from campaign_app.places.imported.mapped import MappedDirectory, verified
from campaign_app.places.imported.writing import Label, fresh, put_in_place, write

# The UK has 1.8 million live postcodes; a file with far fewer is of a part of it, or a test's.
COMPLETE_FROM = 1_500_000
MOST_LOST = 0.05  #: Share of the present postcodes that an import may lose unasked.
_ENDED = re.compile(r"(20\d\d)(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the operator wants of an import."""

    dry_run: bool = False  #: only report what would change
    sure: bool = False  #: replace even when many postcodes would be lost
    edition: date | None = None  #: instead of the date that the files say
    complete: bool | None = None  #: instead of judging by the number of postcodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import found and did."""

    source: str
    edition: date
    edition_from: str  #: where that date was found
    rows: int
    live: int
    terminated: int
    complete: bool
    size: int  #: bytes of the new file
    columns: Mapping[str, str]  #: what was read from which column of the first file
    notes: Sequence[str]
    unknown: Mapping[str, Sequence[str]]  #: codes that no area of ours has
    present_edition: date | None  #: of the file that was there before
    changes: Changes | None  #: None when there was nothing to compare with
    replaced: bool


def import_edition(
    source: Path, target: Path, *, now: datetime, wishes: Wishes, progress: Progress
) -> Report:
    """Make the target the directory of an edition, all at once; return what changed.

    ``source`` is a zip, a folder or a CSV. Raises EditionRefused, in words, when it cannot
    be used or would lose much; the present file then stays as it is.
    """
    try:
        with opened(source) as edition:
            content = gathered(edition, progress)
        when = _edition_date(edition, content, wishes, now.date())
        with _place_for(target, wishes) as path:
            with path.open("xb") as file:
                write(file, content, _label(edition, content, wishes, when[0], now))
            verified(path)
            return _replace(path, target, wishes, _Read(edition, content, when[1]))
    except OSError as error:
        raise EditionRefused(
            f"A file cannot be read or written: {error.strerror or error}."
        ) from error


@dataclass(frozen=True, slots=True)
class _Read:
    edition: Edition
    content: Gathered
    date_from: str


@contextmanager
def _place_for(target: Path, wishes: Wishes) -> Iterator[Path]:
    """Yield a path for the new file; a dry run touches nothing beside the target."""
    if wishes.dry_run:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder) / target.name
    else:
        with fresh(target) as path:
            yield path


def _label(edition: Edition, content: Gathered, wishes: Wishes, when: date, now: datetime) -> Label:
    live_or_not = content.rows - content.unreadable_rows
    complete = live_or_not >= COMPLETE_FROM if wishes.complete is None else wishes.complete
    return Label(source=edition.name, edition=when, complete=complete, imported_at=now)


def _edition_date(
    edition: Edition, content: Gathered, wishes: Wishes, today: date
) -> tuple[date, str]:
    """Return as of when an edition is, and where that is said; never a day to come."""
    ended = [found for month in content.ended if (found := _ENDED.fullmatch(month))]
    latest = max((end_of_month(int(found[1]), int(found[2])) for found in ended), default=None)
    changed = max(part.changed for part in edition.parts)
    said = (
        (wishes.edition, "as you said"),
        (edition.date_in_names(), "by the name of the file"),
        (latest, "by the newest postcode that was ended"),
        (changed, "by the time at which the file was last changed"),
    )
    return next((min(when, today), where) for when, where in said if when)


def _replace(path: Path, target: Path, wishes: Wishes, read: _Read) -> Report:
    new, notes = MappedDirectory(path), _notes(read)
    present, trouble = _present(target)
    found = changes(present, new) if present else None
    report = _report(read, new, notes + trouble)
    if present:
        report = replace(report, present_edition=present.about.edition, changes=found)
    if wishes.dry_run:
        return report
    if found and present and not wishes.sure:
        _refuse_loss(found.lost, present.about)
    put_in_place(path, target)
    return replace(report, replaced=True)


def _refuse_loss(lost: int, present: About) -> None:
    if lost > MOST_LOST * present.postcodes:
        raise EditionRefused(
            f"{lost:,} of {present.postcodes:,} postcodes would be lost. Is the file whole?",
            "Nothing was changed. Look at a --dry-run; if it is right, import it with --yes.",
        )


def _present(target: Path) -> tuple[MappedDirectory | None, tuple[str, ...]]:
    try:
        return MappedDirectory(target), ()
    except FileNotFoundError:
        return None, ()
    except DirectoryDamaged as damaged:
        return None, (f"The present file cannot be compared. {damaged.message}",)


def _report(read: _Read, new: MappedDirectory, notes: tuple[str, ...]) -> Report:
    about, columns = new.about, next(iter(read.content.columns.values()))
    kinds = (wanted.what for wanted in WANTED)
    return Report(
        source=about.source,
        edition=about.edition,
        edition_from=read.date_from,
        rows=read.content.rows,
        live=about.live,
        terminated=about.terminated,
        complete=about.complete,
        size=new.size,
        columns=dict(zip(kinds, columns.names, strict=True)),
        notes=notes,
        unknown=unknown_codes(about),
        present_edition=None,
        changes=None,
        replaced=False,
    )


def _notes(read: _Read) -> tuple[str, ...]:
    """Return what the operator should know, each thing once, in the order of reading."""
    content = read.content
    notes = [*read.edition.notes]
    notes += [note for columns in content.columns.values() for note in columns.notes]
    notes += [f"{name} has no postcodes and was passed over." for name in content.passed_over]
    if content.unreadable_rows:
        where = ", ".join(content.unreadable)
        notes.append(f"{content.unreadable_rows} rows have no postcode that can be read: {where}.")
    for table in content.tables:
        if table.strange:
            first = ", ".join(table.strange[:3])
            notes.append(f"The {table.kind} holds {len(table.strange)} strange cells: {first}.")
    return tuple(dict.fromkeys(notes))


def unknown_codes(about: About) -> Mapping[str, Sequence[str]]:
    """Return the codes of a directory that are not among our constituencies and alliances."""
    ours = {
        "constituency": {row["code"] for row in facts("areas").rows},
        "alliance": {row["code"] for row in facts("alliances").rows},
    }
    held = {"constituency": about.constituencies, "alliance": about.alliances}
    return {
        kind: sorted(code for code in codes if code and code not in ours[kind])
        for kind, codes in held.items()
    }
