"""Where a request comes from, behind trusted proxies only."""

from __future__ import annotations

import ipaddress

from flask import current_app, request

from campaign_app.settings import Settings
from campaign_app.vault.hashing import network_key

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

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
        address = _address(hop)
        if address is None:
            return UNKNOWN
        if not any(address in network for network in settings.trusted_proxies):
            return str(address)
    return chain[0]


def _address(text: str) -> Address | None:
    """Return an address; one of IPv4 that a socket of IPv6 shows is the IPv4 one."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def visitor_network() -> bytes:
    """Return the keyed hash of the visitor's network; the address itself is not kept."""
    return network_key(client_address())
