"""Who acts, as far as they told us: checked values that travel from step to step."""

from __future__ import annotations

from dataclasses import dataclass

from campaign_app.places.postcode import Postcode
from campaign_app.supporters.addresses import EmailAddress
from campaign_app.vault import hashing


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A supporter's details, checked but not yet proven; nothing of them is stored before Send."""

    first_name: str
    last_name: str
    address: EmailAddress
    postcode: Postcode
    house_lines: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the full name as it was typed."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def person_key(self) -> bytes:
        """Return the keyed hash of this person at this address."""
        return hashing.person_key(self.address.canonical, self.first_name, self.last_name)
