"""The benchmark of the directory runs, and its invented editions are what they should be."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.editions import STYLES, postcodes, write_csv
from bench.measure import Goal, in_turns, told
from campaign_app.places.postcode import parse
from tests.architecture.sources import ROOT


def test_invented_postcodes_are_different_well_formed_and_always_the_same() -> None:
    found = postcodes(3000)

    assert len(set(found)) == 3000
    assert [str(parse(postcode)) for postcode in found] == found
    assert postcodes(3000) == found
    assert postcodes(3000, seed=2) != found


@pytest.mark.parametrize("style", list(STYLES))
def test_an_invented_edition_has_the_columns_of_a_real_one(tmp_path: Path, style: str) -> None:
    path = write_csv(tmp_path / "x.csv", 10, STYLES[style])

    with path.open(newline="") as file:
        header, *rows = csv.reader(file)

    assert header == list(STYLES[style].header)
    assert {len(row) for row in rows} == {len(header)}
    assert len(rows) == 10


def test_measuring_takes_turns_and_gives_medians() -> None:
    order: list[str] = []
    figures = iter([1.0, 10.0, 5.0, 30.0, 3.0, 20.0])

    def measure(name: str) -> float:
        order.append(name)
        return next(figures)

    found = in_turns({"a": lambda: measure("a"), "b": lambda: measure("b")}, rounds=3)

    assert order == ["a", "b", "a", "b", "a", "b"]
    assert found == {"a": 3.0, "b": 20.0}


def test_goals_say_whether_they_were_reached(capsys: pytest.CaptureFixture[str]) -> None:
    assert told([Goal("size", 1, 1, "MB")])
    assert not told([Goal("size", 1, 1, "MB"), Goal("time", 2.5, 2, "s")])
    assert "MISSED" in capsys.readouterr().out


def test_the_benchmark_prints_every_figure_against_its_goal() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.places"],
        cwd=ROOT,
        env=os.environ | {"ROWS": "5000", "ROUNDS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.count("(goal ") == 8, done.stderr
    assert "answers that differ from the CSV" in done.stdout
