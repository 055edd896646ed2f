"""The table of retries."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaign_app.delivery.retries import JITTER, RETRY_DELAYS, retry_delay


def delays(public_id: str) -> list[timedelta]:
    every = [retry_delay(public_id, attempts) for attempts in range(1, len(RETRY_DELAYS) + 1)]
    return [delay for delay in every if delay is not None]


@given(st.text(min_size=1, max_size=22))
def test_every_message_is_tried_for_at_least_72_hours(public_id: str) -> None:
    found = delays(public_id)

    assert sum(found, timedelta()) >= timedelta(hours=72)
    assert retry_delay(public_id, len(found) + 1) is None
    for delay, planned in zip(found, RETRY_DELAYS, strict=True):
        assert planned <= delay <= planned * (1 + JITTER)


def test_the_jitter_differs_between_messages_and_can_be_replayed() -> None:
    assert delays("one") == delays("one")
    assert len({retry_delay(str(number), 1) for number in range(100)}) > 90
