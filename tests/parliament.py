"""The Members API, served by the tests over real HTTP; its shapes are synthetic.

Source of shapes: places.md section 3. Everybody in it is invented and called Example.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from campaign_app.places.facts import facts

Json = dict[str, Any]
SEARCH = "/api/Location/Constituency/Search"
AS_PARLIAMENT_SPELLS = {
    "Bridlington and The Wolds": "Bridlington and the Wolds",
    "South Holland and The Deepings": "South Holland and the Deepings",
    "Montgomeryshire and Glyndwr": "Montgomeryshire and Glyndŵr",
}
FIRST_NAMES = ("Alex", "Bela", "Casey", "Dara", "Eden", "Frankie", "Harley", "Jamie", "Kai", "Lee")
PARTY = {"id": 1, "name": "Example Party", "abbreviation": "Ex", "backgroundColour": None}
HOME = "1 Home Lane"  #: what no row may ever hold


def member(number: int, **changes: Any) -> Json:  # noqa: ANN401 - any JSON may come.
    """A sitting member, with keys left out as the API leaves them out."""
    name = f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {_letters(number)} Example"
    return {
        "id": number,
        "nameListAs": f"Example, {name}",
        "nameDisplayAs": name,
        "nameFullTitle": f"{name} MP",
        "nameAddressAs": f"M {name}",
        "latestParty": PARTY,
        "latestHouseMembership": {"house": 1, "membershipStatus": None},
    } | changes


def seat(number: int, name: str, sitting: Json | None) -> Json:
    """A constituency; ``sitting`` is None while it is vacant."""
    held = {
        "member": {"value": sitting, "links": []},
        "representation": {"membershipFrom": name, "house": 1, "membershipEndDate": None},
    }
    return {
        "id": number,
        "name": name,
        "startDate": "2024-05-31T00:00:00",
        "endDate": None,
        "currentRepresentation": held if sitting else None,
    }


def office(email: str | None, kind: str = "Parliamentary office", **changes: Any) -> Json:  # noqa: ANN401
    """One way to reach a member; only its postal lines could be those of a home."""
    record = {"type": kind, "typeId": 1, "isPreferred": False, "isWebAddress": False}
    if email is not None:
        record["email"] = email
    return record | changes


def address(member_id: int) -> str:
    """The address that a member has unless a test says otherwise."""
    return f"member.{member_id}@parliament.uk"


@dataclass
class Parliament:
    """What the API holds; change it to change what it answers.

    ``faults`` are answers by path, in place of the true ones: a status and a body, each used
    ``times`` times. ``on_call`` is told every path before it is answered.
    """

    seats: list[Json] = field(default_factory=list)
    contacts: dict[int, list[Json]] = field(default_factory=dict)
    faults: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    on_call: Callable[[str], None] = lambda _path: None
    calls: list[str] = field(default_factory=list)
    url: str = ""

    def seat_of(self, name: str) -> Json:
        """The current seat of a name."""
        return next(one for one in self.seats if one["name"] == name and not one["endDate"])

    def elect(self, name: str, sitting: Json | None) -> None:
        """Give a seat to somebody else, or to nobody."""
        at = self.seats.index(self.seat_of(name))
        self.seats[at] = seat(self.seats[at]["id"], name, sitting)

    def member_of(self, name: str) -> int:
        """The id of who sits for a seat."""
        found: int = self.seat_of(name)["currentRepresentation"]["member"]["value"]["id"]
        return found

    def asked_for_contacts(self) -> int:
        """How many calls asked how to reach a member."""
        return sum(path.endswith("/Contact") for path in self.calls)

    def answer(self, target: str) -> tuple[int, bytes]:
        """The status and body for a path with its question."""
        parts = urlsplit(target)
        self.calls.append(target)
        self.on_call(target)
        if waiting := self.faults.get(target) or self.faults.get(parts.path):
            return waiting.pop(0)
        if parts.path == SEARCH:
            return 200, json.dumps(self._page(parse_qs(parts.query))).encode()
        member_id = int(parts.path.split("/")[-2])
        records = self.contacts.get(member_id, [office(address(member_id))])
        return 200, json.dumps({"value": records, "links": []}).encode()

    def _page(self, query: Mapping[str, list[str]]) -> Json:
        skip, take = int(query["skip"][0]), min(int(query["take"][0]), 20)
        items = [{"value": one, "links": []} for one in self.seats[skip : skip + take]]
        return {"items": items, "totalResults": len(self.seats), "skip": skip, "take": take}


def whole_parliament() -> Parliament:
    """All 650 seats, each with an invented member, and one seat of the past."""
    return parliament_of([row["name"] for row in facts("areas").rows])


def parliament_of(names: Sequence[str]) -> Parliament:
    """Seats by their ONS names, spelled as Parliament does, and one seat of the past."""
    spelled = [AS_PARLIAMENT_SPELLS.get(name, name) for name in names]
    seats = [seat(4000 + at, name, member(1 + at)) for at, name in enumerate(spelled)]
    past = seat(3000, spelled[0], member(9999)) | {"endDate": "2024-05-30T00:00:00"}
    return Parliament([past, *seats])


@contextmanager
def served(parliament: Parliament) -> Iterator[Parliament]:
    """Serve it on this machine; ``url`` says where."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = parliament.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Tests keep their output to themselves."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return  # A client was killed; that is what some tests are about.

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        parliament.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield parliament
        server.shutdown()
        thread.join()


def _letters(number: int) -> str:
    """A middle name of letters, so that no two members share a name."""
    text = ""
    while number:
        number, rest = divmod(number, 26)
        text = chr(ord("a") + rest) + text
    return text.capitalize() or "A"
