"""Goals that step up, and milestones worth telling."""

from __future__ import annotations

from dataclasses import dataclass

#: The digits of the steps: 100, 200, 500, 1,000, 2,000 and so on.
STEPS = (1, 2, 5)
FIRST = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a petition has come."""

    total: int
    goal: int

    @property
    def percent(self) -> int:
        """Return how full the bar is, in whole percent, rounded down, at most 100."""
        return min(100, self.total * 100 // self.goal)


def progress(total: int, goal: int | None) -> Progress:
    """Return a bar that is never full for long: a goal that was reached steps up.

    ``goal`` is what staff set; without one the first step is 100.
    """
    wanted = goal or FIRST
    while total >= wanted:
        wanted = next_step(wanted)
    return Progress(total, wanted)


def next_step(number: int) -> int:
    """Return the next round number above: 1, 2 or 5 with noughts."""
    size = 1
    while True:
        for step in STEPS:
            if step * size > number:
                return step * size
        size *= 10


def milestones(before: int, after: int) -> list[int]:
    """Return the round numbers that were passed on the way from one total to another."""
    passed = []
    step = next_step(max(before, FIRST - 1))
    while step <= after:
        passed.append(step)
        step = next_step(step)
    return passed
