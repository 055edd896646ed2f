"""Email addresses as the wire needs them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import idna

from campaign_app.delivery.mail import AddressRefused

LONGEST_LOCAL: Final = 64  #: octets; RFC 5321, section 4.5.3.1.1
LONGEST_ADDRESS: Final = 254  #: octets; RFC 5321, section 4.5.3.1.3, without its brackets

_LOCAL: Final = re.compile(
    r"[^\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff()<>\[\]:;@\\,\".]+"
    r"(\.[^\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff()<>\[\]:;@\\,\".]+)*"
)
_DOMAIN: Final = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")


@dataclass(frozen=True, slots=True)
class Wired:
    """An address with its domain in ASCII; ``beyond_ascii`` speaks of what is before the @."""

    text: str
    beyond_ascii: bool


def wired(address: str) -> Wired:
    """Return an address as it stands in envelopes and headers.

    A domain such as ``cymru.ŵyl`` becomes its punycode (IDNA 2008, RFC 5891, with the mapping of
    UTS 46); letters beyond ASCII before the @ stay (RFC 6531). Quoted local parts and
    address literals are refused: no supporter has one, and they hide tricks.
    Raises AddressRefused.
    """
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local.encode()) > LONGEST_LOCAL:
        raise AddressRefused
    text = f"{local}@{ascii_domain(domain)}"
    if len(text.encode()) > LONGEST_ADDRESS:
        raise AddressRefused
    return Wired(text, beyond_ascii=not local.isascii())


@lru_cache(maxsize=1024)
def ascii_domain(domain: str) -> str:
    """Return a domain in ASCII; raises AddressRefused when it cannot be one."""
    if not domain.isascii():
        domain = _punycode(domain)
    if not _DOMAIN.fullmatch(domain):
        raise AddressRefused
    return domain


def _punycode(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise AddressRefused from None
