"""Ask a postcodes.io server where a postcode lies."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaign_app.errors import TransientFailure
from campaign_app.gateways.bounded import BoundedClient, Reply
from campaign_app.gateways.breaker import Breaker, Resting
from campaign_app.places.answers import (
    Answer,
    Nation,
    Status,
    real_alliance,
    real_council,
    real_pcon,
)
from campaign_app.places.postcode import Postcode

MOST_READ = 1_000_000  #: Bytes; a real answer is under 2,000.
NAME = "postcodes.io"
MOST_AT_ONCE = 100  #: Postcodes in one question; the server takes no more.
_OK = 200
_NOT_FOUND = 404
_TOO_MANY = 429

log = logging.getLogger(__name__)


class PostcodesIo:
    """A postcodes.io server: ``base_url`` without a slash at its end.

    ``budget`` is for one question in all, tries and reading included. Nothing is sent but
    postcodes and ``user_agent``. Keep one for a process, as its circuit breaker counts for
    all; it is safe to share between threads.
    Source of shapes: reference places.md section 1 (postcodes.io 18.0.1).
    """

    name = NAME

    def __init__(
        self,
        base_url: str,
        user_agent: str,
        budget: timedelta = timedelta(seconds=4),
        *,
        clock: Callable[[], float] = time.monotonic,
        breaker: Breaker | None = None,
    ) -> None:
        self.breaker = breaker or Breaker(NAME, clock=clock)
        self._base_url = base_url.rstrip("/")
        self._client = BoundedClient(
            user_agent, budget=budget.total_seconds(), limit=MOST_READ, clock=clock
        )

    def look_up(self, postcode: Postcode, now: datetime) -> Answer | None:
        """Return what the server says, as of ``now``.

        An answer with the status UNKNOWN when it has no such postcode; None when it does not
        take this one for a postcode at all, which says nothing. Raises TransientFailure when
        it does not answer, or not with anything that can be believed.
        """
        with self._asking():
            reply = self._client.ask(f"{self._base_url}/postcodes/{postcode.compact}")
            return _read(reply, _Asked(postcode, now))

    def look_up_many(self, postcodes: Sequence[Postcode], now: datetime) -> list[Answer | None]:
        """Return what the server says about each postcode, in their order, 100 at a time.

        None where it knows no live postcode of that name: this way of asking does not say
        whether it ended or never was. Raises TransientFailure as ``look_up`` does, and then
        nothing is returned.
        """
        # Each is sent once, however often it is asked for.
        different = list(dict.fromkeys(postcodes))
        answers: dict[Postcode, Answer | None] = {}
        for start in range(0, len(different), MOST_AT_ONCE):
            some = different[start : start + MOST_AT_ONCE]
            answers |= zip(some, self._ask_many(some, now), strict=True)
        return [answers[postcode] for postcode in postcodes]

    def _ask_many(self, postcodes: Sequence[Postcode], now: datetime) -> list[Answer | None]:
        question = json.dumps({"postcodes": [postcode.compact for postcode in postcodes]})
        with self._asking():
            reply = self._client.ask(f"{self._base_url}/postcodes", json=question.encode())
            return _read_many(reply, [_Asked(postcode, now) for postcode in postcodes])

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            with self.breaker.asking():
                yield
        except Resting:
            # The breaker has said so once; a busy site would say it a hundred times a second.
            raise
        except TransientFailure as failure:
            # The words of our own failures hold no postcode.
            log.warning("postcodes.io is of no use at the moment: %s", failure)
            raise


class _Unbelievable(TransientFailure):
    """The server answered, but not with what it should: it may be mended or another one."""

    message = "The postcode server answered with something that cannot be right."


class TooBusy(TransientFailure):
    """The server asks to be left alone for a time, which the circuit breaker respects."""

    message = "The postcode server has too much to do."

    def __init__(self, retry_after: timedelta | None) -> None:
        """Say how long it asks us to wait, where it says so."""
        wait = f" It asks us to wait {retry_after.total_seconds():.0f} s." if retry_after else ""
        super().__init__(self.message + wait)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class _Asked:
    postcode: Postcode
    now: datetime

    def answer(self, status: Status, place: Mapping[str, Any], **known: Any) -> Answer:  # noqa: ANN401 - Answer's own fields.
        return Answer(
            postcode=self.postcode,
            status=status,
            source=NAME,
            as_of=self.now,
            lat=_number(place, "latitude"),
            lon=_number(place, "longitude"),
            **known,
        )


def _read(reply: Reply, asked: _Asked) -> Answer | None:
    if reply.status == _OK:
        return _found(_content(reply.body), asked)
    if reply.status == _NOT_FOUND:
        return _missing(_content(reply.body), asked)
    raise _refusal(reply)


def _refusal(reply: Reply) -> TransientFailure:
    if reply.status == _TOO_MANY or reply.retry_after is not None:
        return TooBusy(reply.retry_after)
    return _Unbelievable(f"The postcode server answered with status {reply.status}.")


def _content(body: bytes) -> Mapping[str, Any]:
    try:
        return _object(json.loads(body))
    except (ValueError, RecursionError):
        raise _Unbelievable from None


def _found(content: Mapping[str, Any], asked: _Asked) -> Answer:
    if content.get("status") != _OK:
        raise _Unbelievable
    return _place(_object(content.get("result")), asked)


def _read_many(reply: Reply, asked: Sequence[_Asked]) -> list[Answer | None]:
    if reply.status != _OK:
        raise _refusal(reply)
    results = _content(reply.body).get("result")
    if not isinstance(results, list) or len(results) != len(asked):
        raise _Unbelievable
    return [_item(_object(item), one) for item, one in zip(results, asked, strict=True)]


def _item(item: Mapping[str, Any], asked: _Asked) -> Answer | None:
    # Answers come in the order of the questions; one in another place would be somebody else's.
    if (_text(item, "query") or "").replace(" ", "") != asked.postcode.compact:
        raise _Unbelievable
    return None if item.get("result") is None else _place(_object(item["result"]), asked)


def _place(place: Mapping[str, Any], asked: _Asked) -> Answer:
    if _compact(place) != asked.postcode.compact:
        raise _Unbelievable
    codes = _object(place.get("codes") or {})
    nation = _nation(place)
    # Only the field with 2024 in its name is sure to hold the seats of 2024.
    pcon = real_pcon(_text(codes, "parliamentary_constituency_2024"))
    return asked.answer(
        Status.LIVE if nation or pcon else Status.NOT_GEOGRAPHIC,
        place,
        nation=nation,
        pcon=pcon,
        alliance=real_alliance(_text(codes, "cancer_alliance")),
        council=real_council(_text(codes, "admin_district")),
    )


def _missing(content: Mapping[str, Any], asked: _Asked) -> Answer | None:
    error = _text(content, "error")
    if error == "Invalid postcode":
        return None
    if error != "Postcode not found":
        # A 404 with other words comes from something that is no postcodes.io.
        raise _Unbelievable
    if terminated := _object(content.get("terminated") or {}):
        return asked.answer(Status.TERMINATED, terminated)
    return asked.answer(Status.UNKNOWN, {})


def _compact(place: Mapping[str, Any]) -> str:
    return (_text(place, "postcode") or "").replace(" ", "")


def _nation(place: Mapping[str, Any]) -> Nation | None:
    country = _text(place, "country")
    try:
        return Nation(country) if country else None
    except ValueError:
        raise _Unbelievable from None


def _object(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - it is what JSON held.
    if not isinstance(value, dict):
        raise _Unbelievable
    return value


def _text(content: Mapping[str, Any], key: str) -> str | None:
    value = content.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _Unbelievable
    return value.strip()


def _number(content: Mapping[str, Any], key: str) -> float | None:
    value = content.get(key)
    if value is None:
        return None
    # True is an int to Python, and JSON as Python reads it knows NaN.
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Unbelievable
    return float(value)
