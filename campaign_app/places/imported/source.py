"""The imported directory as a source of places, which notices when its file is replaced."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from datetime import time as time_of_day
from pathlib import Path
from threading import Lock

from campaign_app.errors import PlacesUnavailable
from campaign_app.places.answers import Answer, Status
from campaign_app.places.imported.layout import DirectoryDamaged
from campaign_app.places.imported.mapped import Entry, MappedDirectory
from campaign_app.places.postcode import Postcode

NAME = "imported directory"
LOOK_EVERY = 1.0  #: Seconds between two looks at the file: a look is some microseconds.

log = logging.getLogger(__name__)
_Identity = tuple[int, int, int, int]


class ImportedDirectory:
    """The directory at ``path``; one for a process, safe to share between threads.

    A new file under the same name is used within a second, and no look-up waits for it. A
    file that is damaged or gone leaves the one before it serving, and the log says so.
    """

    name = NAME

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._clock = clock
        self._lock = Lock()
        self._next_look = clock() + LOOK_EVERY
        self._seen: _Identity | None = None
        self._mapped: MappedDirectory | None = None
        self._damaged = False
        self._look()
        if self._seen is None:
            log.info("no directory of postcodes has been imported; other sources are asked")

    @property
    def mapped(self) -> MappedDirectory | None:
        """Return the directory that serves now; None while there is none."""
        if self._clock() >= self._next_look and self._lock.acquire(blocking=False):
            try:
                self._next_look = self._clock() + LOOK_EVERY
                self._look()
            finally:
                self._lock.release()
        return self._mapped

    @property
    def damaged(self) -> bool:
        """Return whether the file that lies there now cannot be used."""
        return self._damaged

    def look_up(self, postcode: Postcode, now: datetime) -> Answer | None:  # noqa: ARG002
        """Return what the directory says of a postcode, as of its edition.

        UNKNOWN when it is complete and has no such postcode; None when it cannot say, or no
        directory has been imported. Raises PlacesUnavailable when there is only a damaged one.
        """
        directory = self.mapped
        if directory is None:
            if self._damaged:
                raise PlacesUnavailable
            return None
        try:
            entry = directory.entry(postcode.compact)
        except DirectoryDamaged:
            log.exception("the directory of postcodes is damaged: import it again")
            raise PlacesUnavailable from None
        if entry is None and not directory.covers(postcode.outward):
            return None
        return _answer(postcode, entry, directory)

    def _look(self) -> None:
        """Map the file if it is another one than before."""
        try:
            seen = _identity(self.path)
            if seen == self._seen:
                return
            self._seen = seen
            self._mapped, self._damaged = MappedDirectory(self.path), False
            log.info("directory of postcodes in use: %s", self._mapped.about.edition)
        except FileNotFoundError:
            self._miss()
        except (OSError, DirectoryDamaged) as error:
            self._damaged = True
            kept = "the one before serves on" if self._mapped else "there is no other"
            log.error("the directory of postcodes cannot be used, %s: %s", kept, error)  # noqa: TRY400 - the words say it all.

    def _miss(self) -> None:
        if self._seen:
            log.error("the directory of postcodes is gone; its last content serves on")
        self._seen, self._damaged = None, False


def _identity(path: Path) -> _Identity:
    facts = path.stat()
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns


def _answer(postcode: Postcode, entry: Entry | None, directory: MappedDirectory) -> Answer:
    as_of = datetime.combine(directory.about.edition, time_of_day(), UTC)
    if entry is None:
        return Answer(postcode=postcode, status=Status.UNKNOWN, source=NAME, as_of=as_of)
    nation, pcon, alliance, council = entry.codes
    return Answer(
        postcode=postcode,
        status=_status(entry),
        source=NAME,
        as_of=as_of,
        nation=nation,
        pcon=pcon,
        alliance=alliance,
        council=council,
        lat=entry.lat,
        lon=entry.lon,
    )


def _status(entry: Entry) -> Status:
    if not entry.live:
        return Status.TERMINATED
    nation, pcon, *_ = entry.codes
    return Status.LIVE if nation or pcon else Status.NOT_GEOGRAPHIC
