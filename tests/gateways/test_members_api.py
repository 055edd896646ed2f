"""Parliament's Members API: what is read, how politely, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from campaign_app.errors import TransientFailure
from campaign_app.gateways.members_api import BACK_OFF, MembersApi
from campaign_app.targets.parliament import ContactRecord, Member, Seat
from tests.parliament import HOME, SEARCH, Parliament, member, office, seat, served

FIRST = f"{SEARCH}?skip=0&take=20"
CONTACT = "/api/Members/7/Contact"


@pytest.fixture
def parliament() -> Iterator[Parliament]:
    with served(Parliament([seat(1, "A Seat", member(7)), seat(2, "Empty Seat", None)])) as found:
        yield found


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def api(parliament: Parliament, naps: list[float]) -> MembersApi:
    """A client whose clock stands still and whose sleep is only written down."""
    return MembersApi(parliament.url, "campaign_app (test)", clock=lambda: 100.0, sleep=naps.append)


def answer(parliament: Parliament, path: str, content: object, status: int = 200) -> None:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    parliament.faults[path] = [(status, body)] * 99


def page_of(entry: object) -> dict[str, Any]:
    return {"items": [{"value": entry}], "totalResults": 1}


def test_a_page_holds_seats_with_their_members_and_vacant_ones(api: MembersApi) -> None:
    page = api.page(0)

    sitting = Member(7, "Jamie H Example MP", "M Jamie H Example", "Example Party")
    assert page.seats == (Seat(1, "A Seat", sitting), Seat(2, "Empty Seat", None))
    assert (page.entries, page.total) == (2, 2)


def test_seats_of_the_past_are_counted_and_left_out(
    api: MembersApi, parliament: Parliament
) -> None:
    parliament.seats[0]["endDate"] = "2024-05-30T00:00:00"

    page = api.page(0)

    assert [one.name for one in page.seats] == ["Empty Seat"]
    assert page.entries == 2


@pytest.mark.parametrize(
    "ghost",
    [
        {"member": None},
        {"member": {"value": None}},
        {},
        {"member": {"value": member(7)}, "representation": {"membershipEndDate": "2026-07-08"}},
    ],
)
def test_a_ghost_holds_no_seat(api: MembersApi, parliament: Parliament, ghost: object) -> None:
    parliament.seats[0]["currentRepresentation"] = ghost

    assert api.page(0).seats[0].member is None


def test_absent_keys_are_understood(api: MembersApi, parliament: Parliament) -> None:
    bare = {"id": 7, "nameDisplayAs": "Alex Example"}
    entry = {"id": 1, "name": " A Seat ", "currentRepresentation": {"member": {"value": bare}}}
    answer(parliament, FIRST, page_of(entry))
    answer(parliament, CONTACT, {"value": [{}]})

    assert api.page(0).seats == (
        Seat(1, "A Seat", Member(7, "Alex Example", "Alex Example", None)),
    )
    assert api.contacts(7) == (ContactRecord(""),)


def test_contacts_are_read_without_their_postal_lines(
    api: MembersApi, parliament: Parliament
) -> None:
    parliament.contacts[7] = [
        office(" a@parliament.uk ", phone="020 7219 3000", isPreferred=True),
        office("b@example.org", "Constituency office", line1=HOME, postcode="ZZ99 9ZZ"),
        office(None, "Website", isWebAddress=True, line1="https://example.org"),
    ]

    records = api.contacts(7)

    assert records == (
        ContactRecord("Parliamentary office", True, "a@parliament.uk", "020 7219 3000"),
        ContactRecord("Constituency office", email="b@example.org"),
        ContactRecord("Website", web="https://example.org"),
    )
    assert HOME not in repr(records)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<h1>Maintenance</h1>",
        b"[" * 100_000,
        b"\xff\xfe",
        [],
        None,
        {},
        {"items": None, "totalResults": 1},
        {"items": [], "totalResults": True},
        {"items": [], "totalResults": "650"},
        {"items": [], "totalResults": -1},
        {"items": [5], "totalResults": 1},
        {"items": [{}], "totalResults": 1},
        page_of({"id": "1", "name": "A Seat"}),
        page_of({"name": "A Seat"}),
        page_of({"id": 1, "name": 5}),
        page_of({"id": 1, "name": "A Seat", "currentRepresentation": [1]}),
        page_of(seat(1, "A Seat", {"id": 7})),
        page_of(seat(1, "A Seat", {"nameFullTitle": "Alex Example MP"})),
        page_of(seat(1, "A Seat", member(7, latestParty="Example Party"))),
    ],
)
def test_what_cannot_be_right_is_no_answer(
    api: MembersApi, parliament: Parliament, content: object
) -> None:
    answer(parliament, FIRST, content)

    with pytest.raises(TransientFailure, match="Parliament's server"):
        api.page(0)


@pytest.mark.parametrize("content", [{}, {"value": {}}, {"value": [5]}, {"value": [{"email": 5}]}])
def test_contacts_that_cannot_be_right_are_no_answer(
    api: MembersApi, parliament: Parliament, content: object
) -> None:
    answer(parliament, CONTACT, content)

    with pytest.raises(TransientFailure):
        api.contacts(7)


@pytest.mark.parametrize("name", [None, "", "  "])
def test_a_member_without_a_constituency_is_no_answer(
    api: MembersApi, parliament: Parliament, name: str | None
) -> None:
    parliament.seats[0]["name"] = name

    with pytest.raises(TransientFailure, match="without a constituency"):
        api.page(0)


@pytest.mark.parametrize("status", [204, 302, 403, 404, 500, 503])
def test_another_status_is_no_answer(api: MembersApi, parliament: Parliament, status: int) -> None:
    answer(parliament, FIRST, b"", status)

    with pytest.raises(TransientFailure, match=f"status {status}"):
        api.page(0)


def test_nobody_there_is_a_failure_that_may_pass() -> None:
    api = MembersApi("http://127.0.0.1:9", "campaign_app (test)")

    with pytest.raises(TransientFailure):
        api.page(0)


def test_a_server_that_asks_for_patience_gets_it(
    api: MembersApi, parliament: Parliament, naps: list[float]
) -> None:
    patient = [one.total_seconds() for one in BACK_OFF]

    def relent(_path: str) -> None:
        # The server answers again once we have waited twice, and longer the second time.
        if patient[1] in naps:
            parliament.faults.clear()

    parliament.on_call = relent
    answer(parliament, FIRST, b"", 429)

    assert api.page(0).entries == 2

    assert [nap for nap in naps if nap > 1] == patient[:2]


def test_a_server_that_goes_on_asking_for_patience_is_left_alone(
    api: MembersApi, parliament: Parliament, naps: list[float]
) -> None:
    answer(parliament, FIRST, b"", 429)

    with pytest.raises(TransientFailure, match="too often"):
        api.page(0)

    assert [nap for nap in naps if nap > 1] == [one.total_seconds() for one in BACK_OFF]


def test_a_pause_lies_between_two_calls(parliament: Parliament) -> None:
    time, naps = [50.0], list[float]()

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        time[0] += seconds

    pause = timedelta(seconds=0.4)
    api = MembersApi(parliament.url, "a", pause=pause, clock=lambda: time[0], sleep=sleep)
    api.page(0)
    api.contacts(7)
    time[0] += 0.3
    api.contacts(7)
    time[0] += 5
    api.contacts(7)

    assert naps == [pytest.approx(0.4), pytest.approx(0.1)]


@pytest.mark.parametrize("ending", ["", "/", "/api", "/api/"])
def test_the_address_may_end_as_people_write_it(parliament: Parliament, ending: str) -> None:
    assert MembersApi(parliament.url + ending, "a").page(0).entries == 2
