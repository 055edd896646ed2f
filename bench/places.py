"""The imported directory of postcodes against goal G10: ``make bench-places ROWS=2600000``.

An invented edition of the ONS directory, the same every time, is written to a temporary
folder, imported, and asked. A plain dict with the same content stands beside it.
"""

from __future__ import annotations

import csv
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

from bench.editions import STYLES, Style, write_csv
from bench.measure import Goal, in_turns, seconds, told
from campaign_app.places.answers import real_alliance, real_council, real_pcon
from campaign_app.places.imported.importing import Wishes, import_edition
from campaign_app.places.imported.mapped import MappedDirectory

STYLE = STYLES["onspd-2026"]
QUESTIONS = 200_000
MISSES = 0.1
WORKERS = 2
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
MEGABYTE = 1_000_000
_FOUR = ("nation", "constituency", "alliance", "council")

Known = dict[str, tuple[str | None, ...]]


def main() -> None:
    """Measure, print, and exit 1 when a goal is missed."""
    rows = int(os.environ.get("ROWS", "2600000"))
    rounds = int(os.environ.get("ROUNDS", "3"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        edition = write_csv(folder / "ONSPD_AUG_2026_UK.csv", rows, STYLE)
        print(f"{rows:,} postcodes, {edition.stat().st_size / MEGABYTE:,.0f} MB of CSV")
        goals = _of_import(edition, folder / "places.bin", rounds)
        goals += _of_file(folder / "places.bin")
        goals += _of_questions(edition, folder / "places.bin", rounds)
    sys.exit(0 if told(goals) else 1)


def _of_import(edition: Path, target: Path, rounds: int) -> list[Goal]:
    took = in_turns(
        {
            "csv": lambda: seconds(lambda: _merely_read(edition)),
            "import": lambda: seconds(lambda: _import(edition, target)),
        },
        rounds,
    )
    print(f"csv alone {took['csv']:.1f} s, import {took['import']:.1f} s")
    return [Goal("import, times reading by the csv module", took["import"] / took["csv"], 5, "x")]


def _merely_read(edition: Path) -> None:
    with edition.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass


def _import(edition: Path, target: Path) -> None:
    import_edition(
        edition, target, now=datetime.now(UTC), wishes=Wishes(), progress=lambda *_: None
    )


def _of_file(path: Path) -> list[Goal]:
    barrier = get_context("spawn").Barrier(WORKERS)
    with get_context("spawn").Pool(WORKERS, _meet, (barrier,)) as pool:
        workers = pool.map(_work, [path] * WORKERS, chunksize=1)
    starts, private, grown = zip(*workers, strict=True)
    return [
        Goal("size on disk", path.stat().st_size / MEGABYTE, 25, "MB"),
        Goal("start of a worker", max(starts) * 1000, 10, "ms"),
        Goal("of the file, private to a worker", max(private), 0, "MB"),
        Goal("other memory of a worker, private", max(grown), 1, "MB"),
    ]


_barrier: list[Barrier] = []


def _meet(barrier: Barrier) -> None:
    _barrier.append(barrier)


def _work(path: Path) -> tuple[float, float, float]:
    """Open the file and ask in a process of its own, beside another that does the same."""
    found: list[MappedDirectory] = []
    directory = MappedDirectory(path)
    keys = _keys(directory)
    del directory
    # What Python itself takes for so many questions is taken before it is measured.
    _ask(lambda key: key, keys)
    before = _private_dirty()
    start = seconds(lambda: found.append(MappedDirectory(path)))
    _ask(found[0].codes, keys)
    _barrier[0].wait(600)
    figures = start, _private_of(path), max(0.0, _private_dirty() - before)
    _barrier[0].wait(600)
    return figures


def _keys(directory: MappedDirectory) -> list[str]:
    """Return postcodes of which many are in a directory."""
    numbers = [sector.number for sector in directory.sectors()]
    dice = random.Random(2)
    return [
        _in_base_36(number) + dice.choice(LETTERS) + dice.choice(LETTERS)
        for number in dice.choices(numbers, k=QUESTIONS)
    ]


def _in_base_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
    return digits


def _private_dirty() -> float:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return _megabytes(line for line in lines if line.startswith("Private_Dirty:"))


def _private_of(path: Path) -> float:
    lines = Path("/proc/self/smaps").read_text().splitlines()
    begins = [at for at, line in enumerate(lines) if line.endswith(str(path))]
    ours = (line for at in begins for line in lines[at : at + 25])
    return _megabytes(line for line in ours if line.startswith("Private_"))


def _megabytes(lines: Iterable[str]) -> float:
    return sum(int(line.split()[1]) for line in lines) / 1000


def _of_questions(edition: Path, path: Path, rounds: int) -> list[Goal]:
    directory, known = MappedDirectory(path), _plain_dict(edition, STYLE)
    keys = _questions(list(known))
    wrong = sum(known.get(key) != directory.codes(key) for key in [*known, *keys])
    took = in_turns(
        {
            "dict": lambda: _ask(known.get, keys),
            "directory": lambda: _ask(directory.codes, keys),
        },
        max(rounds, 5),
    )
    print(f"a plain dict answers in {took['dict']:.2f} us")
    return [
        Goal("answers that differ from the CSV", wrong, 0, ""),
        Goal("four codes of a postcode", took["directory"], 3, "us"),
        Goal("the same, times a plain dict", took["directory"] / took["dict"], 4, "x"),
    ]


def _plain_dict(edition: Path, style: Style) -> Known:
    """Return what the CSV says, read without any code of the importer's."""
    nations = {"E": "England", "S": "Scotland", "W": "Wales", "N": "Northern Ireland"}
    known: Known = {}
    with edition.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            nation, seat, alliance, council = (row[style.names[what]] for what in _FOUR)
            known[row[style.names["postcode"]].replace(" ", "")] = (
                nations[nation[0]],
                real_pcon(seat),
                real_alliance(alliance),
                real_council(council),
            )
    return known


def _questions(known: list[str]) -> list[str]:
    """Return postcodes to ask for, one in ten of which does not exist."""
    dice = random.Random(3)
    keys = dice.choices(known, k=QUESTIONS)
    for at in range(0, QUESTIONS, int(1 / MISSES)):
        keys[at] = keys[at][:-2] + dice.choice(LETTERS) + dice.choice(LETTERS)
    return keys


def _ask(ask: Callable[[str], object], keys: list[str]) -> float:
    # New strings, so that nobody profits from a hash that was kept.
    fresh = ["".join(list(key)) for key in keys]
    # Processor time, so that what else this machine does is not taken for ours.
    begin = time.process_time()
    for key in fresh:
        ask(key)
    return (time.process_time() - begin) / len(fresh) * 1_000_000


if __name__ == "__main__":
    main()
