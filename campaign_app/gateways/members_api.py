"""Ask UK Parliament's Members API who sits for which seat, and how they can be reached."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from campaign_app.errors import TransientFailure
from campaign_app.gateways.bounded import BoundedClient, Reply
from campaign_app.targets.parliament import ContactRecord, Member, Page, Seat

TAKE = 20  #: Seats on a page: the most that the API gives.
POLITE = timedelta(seconds=0.1)  #: The shortest pause between two calls to somebody else's server.
MOST_READ = 2_000_000  #: Bytes; a real page is under 50,000.
BACK_OFF = (timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=45))
_OK = 200
_TOO_MANY = 429

log = logging.getLogger(__name__)


class Unbelievable(TransientFailure):
    """Parliament's server answered, but not with what it should."""

    message = "Parliament's server answered with something that cannot be right."
    what_next = "Nothing was changed. Run the command again later."


class MembersApi:
    """UK Parliament's Members API at ``base_url``, asked one call at a time.

    ``pause`` is kept between the end of a call and the start of the next; ``budget`` is for
    one call in all. A 429 is answered by waiting longer three times, then by TransientFailure.
    Source of shapes: reference places.md section 3 (Members API, version 1).
    """

    def __init__(
        self,
        base_url: str,
        user_agent: str,
        *,
        pause: timedelta = POLITE,
        budget: timedelta = timedelta(seconds=20),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base_url = base_url.rstrip("/").removesuffix("/api") + "/api"
        self._pause = pause.total_seconds()
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()
        self._client = BoundedClient(user_agent, budget=budget.total_seconds(), limit=MOST_READ)

    def page(self, skip: int) -> Page:
        """Return up to 20 seats after the first ``skip`` entries; raises TransientFailure."""
        content = self._ask(f"/Location/Constituency/Search?skip={skip}&take={TAKE}")
        entries = [_object(_object(item).get("value")) for item in _list(content, "items")]
        seats = tuple(_seat(entry) for entry in entries if entry.get("endDate") is None)
        return Page(seats, len(entries), _whole(content, "totalResults"))

    def contacts(self, member_id: int) -> tuple[ContactRecord, ...]:
        """Return every way to reach a member; raises TransientFailure."""
        content = self._ask(f"/Members/{member_id}/Contact")
        return tuple(_contact(_object(record)) for record in _list(content, "value"))

    def _ask(self, path: str) -> Mapping[str, Any]:
        for longer in BACK_OFF:
            reply = self._once(path)
            if reply.status != _TOO_MANY:
                return _content(reply)
            log.warning("Parliament's server asks for patience: waiting %s", longer)
            self._sleep(longer.total_seconds())
        return _content(self._once(path))

    def _once(self, path: str) -> Reply:
        if (wait := self._free_at - self._clock()) > 0:
            self._sleep(wait)
        try:
            return self._client.ask(self._base_url + path)
        finally:
            self._free_at = self._clock() + self._pause


def _content(reply: Reply) -> Mapping[str, Any]:
    if reply.status == _TOO_MANY:
        raise Unbelievable("Parliament's server says that we ask too often.")
    if reply.status != _OK:
        raise Unbelievable(f"Parliament's server answered with status {reply.status}.")
    try:
        return _object(json.loads(reply.body))
    except (ValueError, RecursionError):
        raise Unbelievable("Parliament's server answered with something that is no JSON.") from None


def _seat(entry: Mapping[str, Any]) -> Seat:
    sitting = _object(entry.get("currentRepresentation") or {})
    member = _object(_object(sitting.get("member") or {}).get("value") or {})
    ended = _object(sitting.get("representation") or {}).get("membershipEndDate")
    name = _text(entry, "name")
    if name is None:
        raise Unbelievable("Parliament's server named a member or a seat without a constituency.")
    # A member whose membership has ended is a ghost: the seat is vacant until it is filled.
    return Seat(_whole(entry, "id"), name, _member(member) if member and not ended else None)


def _member(content: Mapping[str, Any]) -> Member:
    shown = _text(content, "nameFullTitle") or _text(content, "nameDisplayAs")
    if shown is None:
        raise Unbelievable("Parliament's server named a member without a name.")
    party = _object(content.get("latestParty") or {})
    return Member(
        id=_whole(content, "id"),
        full_title=shown,
        address_as=_text(content, "nameAddressAs") or shown,
        party=_text(party, "name"),
    )


def _contact(record: Mapping[str, Any]) -> ContactRecord:
    # Postal lines are not even read, but the first line of a website record is its address.
    is_web = record.get("isWebAddress") is True
    return ContactRecord(
        kind=_text(record, "type") or "",
        preferred=record.get("isPreferred") is True,
        email=_text(record, "email"),
        phone=_text(record, "phone"),
        web=_text(record, "line1") if is_web else None,
    )


def _object(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - it is what JSON held.
    if not isinstance(value, dict):
        raise Unbelievable
    return value


def _list(content: Mapping[str, Any], key: str) -> list[Any]:
    value = content.get(key)
    if not isinstance(value, list):
        raise Unbelievable
    return value


def _text(content: Mapping[str, Any], key: str) -> str | None:
    value = content.get(key)
    if value is not None and not isinstance(value, str):
        raise Unbelievable
    return (value or "").strip() or None


def _whole(content: Mapping[str, Any], key: str) -> int:
    value = content.get(key)
    # True is an int to Python.
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Unbelievable
    return value
