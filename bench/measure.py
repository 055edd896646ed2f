"""What every benchmark measures with: rounds that take turns, medians, and goals in a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def in_turns(subjects: Mapping[str, Callable[[], float]], rounds: int = 3) -> dict[str, float]:
    """Return the median of what each subject measures.

    All are measured in every round, one after the other, because a machine changes its speed
    while it is measured: only figures of one run can be compared.
    """
    found: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, measure in subjects.items():
            found[name].append(measure())
    return {name: median(figures) for name, figures in found.items()}


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure, and what it may be at most."""

    what: str
    figure: float
    most: float
    unit: str

    @property
    def reached(self) -> bool:
        """Return whether the figure is good enough."""
        return self.figure <= self.most

    def __str__(self) -> str:
        verdict = "reached" if self.reached else "MISSED"
        return f"{self.what:52} {self.figure:9.2f} {self.unit:6} (goal {self.most:g}: {verdict})"


def told(goals: list[Goal]) -> bool:
    """Print each figure against its goal; return whether all were reached."""
    for goal in goals:
        print(goal)
    return all(goal.reached for goal in goals)
