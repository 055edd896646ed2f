"""What a sync has read so far, one JSON line each, so that a killed one goes on where it was.

It holds public facts only: names of seats and members, and addresses that Parliament prints.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from campaign_app.errors import WrongState
from campaign_app.targets.parliament import Member, Page, Reach, Seat

FRESH = timedelta(hours=6)  #: Older progress is thrown away: Parliament may have changed since.


@dataclass(slots=True)
class Journal:
    """Pages by what was skipped before them, and reaches by member; new ones are written down."""

    path: Path
    file: IO[str]
    pages: dict[int, Page] = field(default_factory=dict)
    reaches: dict[int, Reach] = field(default_factory=dict)

    def add_page(self, skip: int, page: Page) -> None:
        """Keep one page."""
        self.pages[skip] = page
        self._write({"is": "page", "skip": skip, "page": asdict(page)})

    def add_reach(self, member_id: int, reach: Reach) -> None:
        """Keep how one member can be reached."""
        self.reaches[member_id] = reach
        self._write({"is": "reach", "member": member_id, "reach": asdict(reach)})

    def forget(self) -> None:
        """Throw the progress away: it was used, or cannot be right."""
        self.path.unlink(missing_ok=True)

    def _write(self, entry: Mapping[str, Any]) -> None:
        self.file.write(json.dumps(entry) + "\n")
        self.file.flush()

    def _begin(self, source: str, now: datetime) -> None:
        self.pages.clear()
        self.reaches.clear()
        self.file.seek(0)
        self.file.truncate()
        self._write({"is": "start", "source": source, "at": now.isoformat()})

    def take_up(self, source: str, now: datetime) -> None:
        """Read what is there; begin anew when it is of another source, too old, or broken."""
        lines = iter(self.file.readline, "")
        if not _goes_on(next(lines, ""), source, now):
            self._begin(source, now)
            return
        good = self.file.tell()
        for line in lines:
            if not self._read(line):
                break
            good = self.file.tell()
        # The last line of a killed sync may be torn; the next one must not be glued to it.
        self.file.seek(good)
        self.file.truncate()

    def _read(self, line: str) -> bool:
        try:
            entry = json.loads(line)
            if entry["is"] == "page":
                self.pages[int(entry["skip"])] = _page(entry["page"])
            else:
                self.reaches[int(entry["member"])] = Reach(**entry["reach"])
        except (ValueError, LookupError, TypeError):
            return False
        return line.endswith("\n")


@contextmanager
def journal(path: Path, source: str, now: datetime) -> Iterator[Journal]:
    """Open the progress of a sync from ``source``; raises WrongState while another one runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        _lock(file)
        file.seek(0)
        found = Journal(path, file)
        found.take_up(source, now)
        yield found


def _lock(file: IO[str]) -> None:
    # The lock dies with its process, so a killed sync never stands in the way of the next.
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WrongState(
            "Another sync is running.", "Wait until it has ended, then run yours again."
        ) from None


def _goes_on(line: str, source: str, now: datetime) -> bool:
    try:
        start = json.loads(line)
        age = now - datetime.fromisoformat(start["at"])
    except (ValueError, LookupError, TypeError):
        return False
    return bool(start.get("source") == source and timedelta(0) <= age <= FRESH)


def _page(content: Mapping[str, Any]) -> Page:
    seats = tuple(_seat(seat) for seat in content["seats"])
    return Page(seats, int(content["entries"]), int(content["total"]))


def _seat(content: Mapping[str, Any]) -> Seat:
    member = content["member"]
    return Seat(int(content["id"]), content["name"], Member(**member) if member else None)
