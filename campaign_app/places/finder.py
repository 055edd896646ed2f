"""Find the place of a postcode by asking sources one after the other."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from campaign_app.errors import PlacesUnavailable, TransientFailure, UnknownPostcode
from campaign_app.places.answers import Answer, Status
from campaign_app.places.postcode import Postcode

log = logging.getLogger(__name__)


class Source(Protocol):
    """Somebody who can say where postcodes lie: a table, a directory, a service."""

    @property
    def name(self) -> str:
        """The name under which its answers are known."""

    def look_up(self, postcode: Postcode, now: datetime) -> Answer | None:
        """Return what it knows; None when it cannot say, and no other may.

        An answer with the status UNKNOWN means that it knows all postcodes and not this
        one. Raises TransientFailure or PlacesUnavailable when it cannot answer at the moment.
        """


def find_place(postcode: Postcode, *, sources: Sequence[Source], now: datetime) -> Answer:
    """Return the answer of the first source that knows the postcode.

    Sources that are out of order are passed over. Raises UnknownPostcode when a complete
    source says that it does not exist or no source knows it, and PlacesUnavailable when
    none knows it and one that might have could not answer.
    """
    out_of_order = []
    for source in sources:
        try:
            answer = source.look_up(postcode, now)
        except (TransientFailure, PlacesUnavailable):
            out_of_order.append(source.name)
            continue
        if answer:
            return _existing(answer)
    if out_of_order:
        log.warning("no place found while out of order: %s", ", ".join(out_of_order))
        raise PlacesUnavailable
    raise UnknownPostcode


def _existing(answer: Answer) -> Answer:
    if answer.status is Status.UNKNOWN:
        raise UnknownPostcode
    return answer
