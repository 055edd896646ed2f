"""Where a request comes from, behind trusted proxies only."""

from __future__ import annotations

import ipaddress

from flask import current_app, request

from campaign_app.settings import Settings
from campaign_app.vault.hashing import network_key

UNKNOWN = "0.0.0.0"  # noqa: S104 - a name for "no address", nothing listens on it.


def client_address() -> str:
    """Return the visitor's address: the nearest hop that no trusted proxy vouches for.

    X-Forwarded-For is believed only as far as the chain of trusted proxies reaches, so a
    visitor cannot choose an address.
    """
    settings: Settings = current_app.extensions["campaign_settings"]
    hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    chain = [hop for hop in hops if hop] + [request.remote_addr or UNKNOWN]
    for hop in reversed(chain):
        if not _address(hop):
            return UNKNOWN
        if not any(ipaddress.ip_address(hop) in net for net in settings.trusted_proxies):
            return hop
    return chain[0]


def _address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def visitor_network() -> bytes:
    """Return the keyed hash of the visitor's network; the address itself is not kept."""
    return network_key(client_address())
