"""A service that keeps failing is left alone, and found again when it is well."""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from campaign_app.errors import TransientFailure
from campaign_app.gateways.breaker import LONGEST_REST, Breaker, Resting, State
from campaign_app.gateways.postcodes_io import PostcodesIo
from campaign_app.places.postcode import Postcode


class Clock:
    """Time that stands still until it is told."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    seconds = timedelta(seconds=10)
    return Breaker("a service", failures=3, window=seconds, rest=seconds, clock=clock)


def fail(breaker: Breaker, failure: BaseException | None = None) -> None:
    with pytest.raises((TransientFailure, KeyError)), breaker.asking():
        raise failure or TransientFailure


def succeed(breaker: Breaker) -> None:
    with breaker.asking():
        pass


def rests(breaker: Breaker) -> bool:
    try:
        succeed(breaker)
    except Resting:
        return True
    return False


def opened(breaker: Breaker) -> Breaker:
    for _ in range(3):
        fail(breaker)
    return breaker


def test_it_opens_after_some_failures(breaker: Breaker) -> None:
    fail(breaker)
    fail(breaker)
    assert not rests(breaker)

    fail(breaker)
    assert breaker.state is State.OPEN
    assert rests(breaker)


def test_failures_that_are_far_apart_do_not_count(breaker: Breaker, clock: Clock) -> None:
    for _ in range(10):
        fail(breaker)
        clock.time += 6

    assert breaker.state is State.CLOSED


def test_a_probe_that_goes_well_closes_it(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.time += 9.9
    assert rests(breaker)

    clock.time += 0.2
    succeed(breaker)

    assert breaker.state is State.CLOSED
    fail(breaker)
    fail(breaker)
    assert breaker.state is State.CLOSED


def test_a_probe_that_fails_opens_it_again(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.time += 11
    fail(breaker)

    assert rests(breaker)
    clock.time += 11
    assert not rests(breaker)


def test_only_one_probe_goes_through_at_a_time(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.time += 11

    with breaker.asking():
        assert breaker.state is State.HALF_OPEN
        assert rests(breaker)

    assert not rests(breaker)


def test_a_probe_that_is_given_up_leaves_it_open(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.time += 11
    fail(breaker, KeyError())

    assert rests(breaker)
    clock.time += 11
    assert not rests(breaker)


def test_an_error_of_ours_is_no_failure_of_the_service(breaker: Breaker) -> None:
    for _ in range(9):
        fail(breaker, KeyError())

    assert breaker.state is State.CLOSED


def test_a_success_that_began_before_does_not_close_it(breaker: Breaker) -> None:
    with breaker.asking():
        opened(breaker)

    assert breaker.state is State.OPEN


@pytest.mark.parametrize(
    ("asked", "rest"), [(timedelta(seconds=60), 60.0), (timedelta(days=1), LONGEST_REST.seconds)]
)
def test_a_server_that_asks_us_to_wait_is_left_alone_so_long(
    breaker: Breaker, clock: Clock, asked: timedelta, rest: float
) -> None:
    busy = TransientFailure()
    busy.retry_after = asked  # type: ignore[attr-defined]
    fail(breaker, busy)

    clock.time += rest - 1
    assert rests(breaker)
    clock.time += 2
    assert not rests(breaker)


def test_many_threads_agree(clock: Clock) -> None:
    breaker = Breaker("a service", failures=50, clock=clock)
    threads = [threading.Thread(target=fail, args=(breaker,)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert breaker.state is State.OPEN


def test_a_server_that_is_down_is_not_asked_for_every_visitor(
    httpserver: HTTPServer, now: datetime, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    postcode = Postcode("SE1", "2DL")
    httpserver.expect_request("/postcodes/SE12DL").respond_with_json({"status": 404}, 404)
    rest = timedelta(seconds=30)
    breaker = Breaker("postcodes.io", failures=3, rest=rest, clock=clock)
    places = PostcodesIo(httpserver.url_for(""), "test", breaker=breaker)

    for _ in range(20):
        with pytest.raises(TransientFailure):
            places.look_up(postcode, now)
    assert len(httpserver.log) == 3

    httpserver.clear()
    known = {"postcode": "SE1 2DL", "country": "England", "codes": {}}
    well = json.dumps({"status": 200, "result": known})
    httpserver.expect_request("/postcodes/SE12DL").respond_with_data(well)
    clock.time += 31
    assert places.look_up(postcode, now)

    told = [line.getMessage() for line in caplog.records if "circuit breaker" in line.getMessage()]
    assert told == [
        f"postcodes.io: the circuit breaker is {s}" for s in ("open", "half-open", "closed")
    ]
    ours = [line.getMessage() for line in caplog.records if line.name != "werkzeug"]
    assert not any("SE1" in line for line in ours)
