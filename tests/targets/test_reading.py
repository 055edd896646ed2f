"""Reading all of Parliament: believed whole or not at all, and gone on with after a kill."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from campaign_app.errors import TransientFailure, WrongState
from campaign_app.targets.journal import FRESH, journal
from campaign_app.targets.parliament import OFFICE, ContactRecord, Member, Page, Seat
from campaign_app.targets.reading import DoesNotAddUp, Reading, read_parliament

SOURCE = "http://127.0.0.1:1"


def sitting(number: int) -> Seat:
    return Seat(number, f"Seat {number}", Member(number, f"Member {number} Example", "M", None))


class FakeParliament:
    """Gives its pages, and fails when it has answered ``breaks_after`` calls."""

    def __init__(self, *pages: Page, breaks_after: int = 99) -> None:
        self.pages = pages
        self.left = breaks_after
        self.asked: list[str] = []

    def _ask(self, what: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise TransientFailure
        self.asked.append(what)

    def page(self, skip: int) -> Page:
        self._ask(f"page {skip}")
        read = 0
        for page in self.pages:
            if read == skip:
                return page
            read += page.entries
        return Page((), 0, self.pages[0].total)

    def contacts(self, member_id: int) -> tuple[ContactRecord, ...]:
        self._ask(f"contacts {member_id}")
        return (ContactRecord(OFFICE, email=f"m{member_id}@parliament.uk"),)


def whole() -> FakeParliament:
    return FakeParliament(
        Page((sitting(1), sitting(2)), 2, 4), Page((sitting(3), Seat(4, "Seat 4", None)), 2, 4)
    )


def read(path: Path, parliament: FakeParliament, now: datetime, source: str = SOURCE) -> Reading:
    with journal(path, source, now) as kept:
        return read_parliament(parliament, kept, lambda *_: None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "uploads" / "sync.jsonl"


def test_every_page_and_every_sitting_member_is_read(path: Path, now: datetime) -> None:
    reading = read(path, whole(), now)

    assert [seat.name for seat in reading.seats] == ["Seat 1", "Seat 2", "Seat 3", "Seat 4"]
    assert {one: found.email for one, found in reading.reaches.items()} == {
        number: f"m{number}@parliament.uk" for number in (1, 2, 3)
    }


def test_progress_is_told(path: Path, now: datetime) -> None:
    told = []
    with journal(path, SOURCE, now) as kept:
        read_parliament(whole(), kept, lambda *step: told.append(step))

    assert told == [("seats", 4, 4), *[("members", number, 3) for number in (1, 2, 3)]]


@pytest.mark.parametrize("answered", range(5))
def test_what_was_read_before_a_failure_is_not_asked_for_again(
    path: Path, now: datetime, answered: int
) -> None:
    broken = whole()
    broken.left = answered
    with pytest.raises(TransientFailure):
        read(path, broken, now)

    second = whole()
    reading = read(path, second, now)

    assert broken.asked + second.asked == whole_order()
    assert len(reading.reaches) == 3


def whole_order() -> list[str]:
    return ["page 0", "page 2", "contacts 1", "contacts 2", "contacts 3"]


def test_a_torn_last_line_costs_only_itself(path: Path, now: datetime) -> None:
    read(path, whole(), now)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[:-10], encoding="utf-8")

    second = whole()
    read(path, second, now)

    assert second.asked == ["contacts 3"]
    third = whole()
    read(path, third, now)
    assert third.asked == []


@pytest.mark.parametrize("text", ["", "{", "[]\n", '{"at": 5}\n', "\0" * 100])
def test_a_broken_file_is_begun_anew(path: Path, now: datetime, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")

    parliament = whole()
    read(path, parliament, now)

    assert parliament.asked == whole_order()


@pytest.mark.parametrize(
    ("later", "source"), [(FRESH + timedelta(seconds=1), SOURCE), (timedelta(0), "http://other")]
)
def test_progress_that_is_old_or_of_another_server_is_not_believed(
    path: Path, now: datetime, later: timedelta, source: str
) -> None:
    read(path, whole(), now)

    parliament = whole()
    read(path, parliament, now + later, source)

    assert parliament.asked == whole_order()


def test_two_syncs_do_not_run_at_once(path: Path, now: datetime) -> None:
    with (
        journal(path, SOURCE, now),
        pytest.raises(WrongState, match="Another sync"),
        journal(path, SOURCE, now),
    ):
        pass


def test_the_file_holds_public_facts_only(path: Path, now: datetime) -> None:
    read(path, whole(), now)

    assert "line1" not in path.read_text(encoding="utf-8")


LAST = Page((sitting(3), Seat(4, "Seat 4", None)), 2, 4)
FIRST = Page((sitting(1), sitting(2)), 2, 4)


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ([FIRST], "missing, after 2"),
        ([FIRST, replace(LAST, total=5)], "changed while"),
        ([FIRST, replace(LAST, entries=3)], "5 entries and says 4"),
        ([FIRST, Page((sitting(3), sitting(1)), 2, 4)], "Seat 1 twice"),
        ([FIRST, Page((sitting(3), Seat(9, "SEAT  2", None)), 2, 4)], "twice"),
        ([FIRST, Page((sitting(3), replace(sitting(1), name="Seat 4")), 2, 4)], "two seats"),
        ([Page((), 0, 0)], "0 entries"),
    ],
)
def test_pages_that_do_not_add_up_are_refused_and_not_kept(
    path: Path, now: datetime, pages: list[Page], words: str
) -> None:
    with pytest.raises(DoesNotAddUp, match=words):
        read(path, FakeParliament(*pages), now)

    parliament = whole()
    read(path, parliament, now)
    assert parliament.asked == whole_order()
