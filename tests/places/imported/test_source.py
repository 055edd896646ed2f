"""The imported directory as a source: it says what it knows, and outlives its files."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from campaign_app.errors import PlacesUnavailable
from campaign_app.places.answers import Nation, Status
from campaign_app.places.imported.mapped import MappedDirectory
from campaign_app.places.imported.source import ImportedDirectory
from campaign_app.places.postcode import Postcode, parse
from tests.places.imported.editions import (
    HEADER,
    NOW,
    SOUTHWARK,
    csv_file,
    put,
    small,
    text,
)

SE1 = Postcode("SE1", "2DL")


class Clock:
    """Time that stands still until it is told."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "places.bin"


def directory(tmp_path: Path, target: Path, content: str, **wishes: object) -> ImportedDirectory:
    put(csv_file(tmp_path, content), target, **wishes)
    return ImportedDirectory(target)


def test_an_answer_says_all_that_is_known_and_as_of_when(tmp_path: Path, target: Path) -> None:
    answer = directory(tmp_path, target, small()).look_up(SE1, NOW)

    assert answer
    assert (answer.status, answer.nation) == (Status.LIVE, Nation.ENGLAND)
    assert (answer.pcon, answer.alliance, answer.council) == ("E14001085", "E56000010", "E09000028")
    assert (answer.source, answer.as_of) == (
        "imported directory",
        datetime(2026, 8, 31, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("postcode", "complete", "status"),
    [
        ("SE1 9ZZ", True, Status.TERMINATED),
        ("SE1 9ZZ", False, Status.TERMINATED),
        ("SE1 2DN", True, Status.UNKNOWN),
        ("SE2 2DL", True, Status.UNKNOWN),
        ("SE1 2DN", False, None),
        ("M1 1AE", True, None),
        ("JE2 4WD", True, Status.LIVE),
        ("SE1 3AA", True, Status.NOT_GEOGRAPHIC),
    ],
)
def test_each_kind_of_postcode_has_its_status(
    tmp_path: Path, target: Path, postcode: str, complete: bool, status: Status | None
) -> None:
    nowhere = "SE1 3AA,,,,,,99.999999,0.000000"

    found = directory(tmp_path, target, small(nowhere), complete=complete)

    answer = found.look_up(parse(postcode), NOW)
    assert (answer and answer.status) == status


def test_only_a_whole_edition_counts_as_complete(tmp_path: Path, target: Path) -> None:
    put(csv_file(tmp_path, small()), target)

    assert not MappedDirectory(target).about.complete


def test_a_directory_that_was_never_imported_says_nothing(
    target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        assert ImportedDirectory(target).look_up(SE1, NOW) is None

    assert "no directory of postcodes has been imported" in caplog.text


def test_a_directory_that_is_damaged_from_the_start_is_out_of_order(
    target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    target.write_bytes(b"damaged")
    found = ImportedDirectory(target)

    with pytest.raises(PlacesUnavailable):
        found.look_up(SE1, NOW)
    assert found.damaged
    assert "cannot be used, there is no other" in caplog.text


def test_a_new_file_is_used_after_a_second(tmp_path: Path, target: Path) -> None:
    clock = Clock()
    found = ImportedDirectory(target, clock=clock)
    put(csv_file(tmp_path, small()), target)

    clock.time = 0.9
    assert found.look_up(SE1, NOW) is None
    clock.time = 1.1
    assert found.look_up(SE1, NOW)

    put(csv_file(tmp_path, small().replace("E14001085", "E14001086")), target)
    clock.time = 2.2
    answer = found.look_up(SE1, NOW)
    assert answer
    assert answer.pcon == "E14001086"


@pytest.mark.parametrize("bad", [b"", b"damaged", None])
def test_a_damaged_or_missing_file_leaves_the_old_content_serving(
    tmp_path: Path, target: Path, bad: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    put(csv_file(tmp_path, small()), target)
    found = ImportedDirectory(target, clock=clock)
    target.unlink()
    if bad is not None:
        target.write_bytes(bad)

    for clock.time in (1.5, 3.0, 4.5):
        assert found.look_up(SE1, NOW)
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == 1
    assert "serves on" in told[0].getMessage()

    target.unlink(missing_ok=True)
    put(csv_file(tmp_path, small()), target)
    clock.time = 6.0
    assert found.look_up(SE1, NOW)
    assert not found.damaged


def test_replacing_while_threads_read_drops_no_answer(tmp_path: Path, target: Path) -> None:
    seats = {"E14001085", "E14001086"}
    sources = [
        csv_file(tmp_path, small().replace("E14001085", seat), f"{seat}.csv") for seat in seats
    ]
    put(sources[0], target)
    # A clock that jumps: every look-up looks at the file.
    ticks = iter(range(100_000_000))
    found = ImportedDirectory(target, clock=lambda: float(next(ticks) * 2))
    wrong: list[object] = []
    seen: set[str | None] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                answer = found.look_up(SE1, NOW)
                seen.add(answer.pcon if answer else None)
            except Exception as error:  # noqa: BLE001 - any at all is a dropped request.
                wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(12):
        put(sources[turn % 2], target)
    stop.set()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert seen == seats


def test_a_file_that_is_read_only_is_not_written_over_by_accident(
    tmp_path: Path, target: Path
) -> None:
    put(csv_file(tmp_path, text(SOUTHWARK, header=HEADER)), target)

    assert target.stat().st_mode & 0o222 == 0
