"""Modules and functions stay short, and nothing is called utils."""

from __future__ import annotations

from statistics import median

from tests.architecture.sources import ROOT, functions, modules

MODULE_LINES = 400
MEDIAN_LINES = 8
LONG_LINES = 20
LONG_SHARE = 0.05
# Names that say nothing about what is inside, so that everything ends up there.
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "managers", "manager", "common"}


def test_a_module_fits_into_a_reader_s_head() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in modules()}

    assert not {path: lines for path, lines in lengths.items() if lines >= MODULE_LINES}


def test_most_functions_are_a_few_lines() -> None:
    assert median(length for _, length in functions()) <= MEDIAN_LINES


def test_hardly_any_function_is_long() -> None:
    lengths = dict(functions())
    long = {name: lines for name, lines in lengths.items() if lines > LONG_LINES}

    assert len(long) <= LONG_SHARE * len(lengths), "\n".join(
        f"{lines:4} {name}" for name, lines in sorted(long.items(), key=lambda pair: -pair[1])
    )


def test_every_name_says_what_is_inside() -> None:
    names = {part for path in modules() for part in path.relative_to(ROOT).with_suffix("").parts}

    assert not names & NAMES_THAT_SAY_NOTHING
