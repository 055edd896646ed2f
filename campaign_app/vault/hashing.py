"""Keyed hashes: how a personal value is looked up without being kept in the clear.

Each purpose has a label of its own, so that hashes of one purpose say nothing about
another's. All are the first 16 bytes of HMAC-SHA256 under the pepper.
"""

from __future__ import annotations

import hmac
import ipaddress

from campaign_app.vault import keys

KEY_BYTES = 16


def keyed(purpose: str, *parts: str) -> bytes:
    """Return 16 bytes that stand for ``parts`` in this purpose and no other."""
    text = "\x1f".join((purpose, *parts))
    return hmac.digest(keys.current().pepper, text.encode(), "sha256")[:KEY_BYTES]


def email_key(canonical: str) -> bytes:
    """Return the key of a canonical email address."""
    return keyed("email", canonical)


def person_key(canonical_email: str, first_name: str, last_name: str) -> bytes:
    """Return the key of one person at one address; case and outer spaces do not count."""
    return keyed("person", canonical_email, *(_folded(name) for name in (first_name, last_name)))


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def network_key(address: str) -> bytes:
    """Return the key of a network: a whole IPv4 address, or the /64 of an IPv6 one."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        network = str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
        return keyed("network", network)
    return keyed("network", str(parsed))


def suppression_key(channel: str, canonical: str) -> bytes:
    """Return the key under which a do-not-contact record outlives everything else."""
    return keyed("suppression", channel, canonical)
