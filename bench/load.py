"""Load by wrk, and figures out of what it prints."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = int(os.environ.get("SECONDS_EACH", "3"))
CONNECTIONS = 32
IDLE_LOAD = 0.35  # of all cores; above it another process would spoil the comparison


def require_wrk() -> None:
    """Leave with words where wrk is not installed."""
    if shutil.which("wrk") is None:
        sys.exit("This benchmark needs wrk (Debian package wrk).")


def requests_per_second(url: str) -> float:
    """Return what one short run of wrk reaches; a wrong answer ends the benchmark."""
    _wait_for_idle()
    shown = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in shown or "Socket errors" in shown:
        sys.exit(f"Wrong answers from {url}:\n{shown}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", shown)
    return float(found[1]) if found else 0.0


def interleaved(urls: dict[str, str], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median rate of each target; every round visits all of them in turn."""
    seen: dict[str, list[float]] = {name: [] for name in urls}
    for _ in range(rounds):
        for name, url in urls.items():
            seen[name].append(requests_per_second(url))
    return {name: statistics.median(rates) for name, rates in seen.items()}


def _busy() -> tuple[int, int]:
    with Path("/proc/stat").open(encoding="ascii") as stat:
        fields = [int(part) for part in stat.readline().split()[1:]]
    return sum(fields) - fields[3] - fields[4], sum(fields)


def _wait_for_idle(patience: float = 10.0) -> None:
    give_up = time.monotonic() + patience
    while time.monotonic() < give_up:
        before = _busy()
        time.sleep(0.3)
        after = _busy()
        if (after[0] - before[0]) <= IDLE_LOAD * max(after[1] - before[1], 1):
            return
