"""When a message that could not be sent is tried again."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

#: After each attempt; about 75 hours in all, then the message has failed. RFC 5321, section
#: 4.5.4.1, asks for four to five days for a relay that owns the mail, but a supporter should
#: know within days whether a letter arrived.
RETRY_DELAYS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=36),
)

#: Delays grow by up to this share, so that a server that comes back is not met by all at once.
#: They never shrink: greylisting wants its time.
JITTER: Final = 0.2


def retry_delay(public_id: str, attempts: int) -> timedelta | None:
    """Return how long to wait after this many attempts; None when there is no further one.

    The jitter is drawn from the message's id and the attempt, so that it can be replayed.
    """
    if attempts > len(RETRY_DELAYS):
        return None
    return RETRY_DELAYS[max(attempts, 1) - 1] * (1 + JITTER * _share(public_id, attempts))


def _share(public_id: str, attempts: int) -> float:
    drawn = hashlib.sha256(f"{public_id}:{attempts}".encode()).digest()
    return int.from_bytes(drawn[:4]) / 2**32
