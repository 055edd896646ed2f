"""Ask a server of our own on this machine whether it can work."""

from __future__ import annotations

from campaign_app.errors import TransientFailure
from campaign_app.gateways.bounded import BoundedClient

BUDGET = 2.0  #: seconds for one question
MOST_READ = 10_000  #: bytes; the answer is one line
_READY = 200


class Readiness:
    """Asks /readyz of the server at an address, ``base_url`` without a slash at its end."""

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/readyz"
        self._client = BoundedClient("campaign_app", budget=BUDGET, limit=MOST_READ)

    def is_ready(self) -> bool:
        """Return whether it answers that it is ready; False while nobody answers."""
        try:
            return self._client.ask(self._url).status == _READY
        except TransientFailure:
            return False
