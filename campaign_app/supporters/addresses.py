"""Email addresses of supporters: read kindly, folded to one key, never changed in silence."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email

from campaign_app.errors import InvalidInput
from campaign_app.supporters.models import DomainStanding
from campaign_app.vault import hashing

LONGEST = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
CLOSE_ENOUGH = 0.82
TRUSTED_ENDINGS = (".ac.uk", ".gov.uk", ".nhs.uk", ".sch.uk", ".police.uk", ".parliament.uk")
ENDING_SLIPS = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "comm": "com",
    "couk": "co.uk",
    "co.ku": "co.uk",
    "co.uj": "co.uk",
}


class BadAddress(InvalidInput):
    """This cannot be an email address."""

    message = "Enter an email address in the right form, like name@example.com."


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address as it is written to, its domain, and the canonical form that is one person's."""

    written: str
    canonical: str
    domain: str

    @property
    def key(self) -> bytes:
        """Return the keyed hash by which this address is looked up."""
        return hashing.email_key(self.canonical)


@dataclass(frozen=True, slots=True)
class Folding:
    """What a domain ignores in the part before the @."""

    alias_of: str | None = None
    dots: bool = False
    plus: bool = True


#: Facts about how these providers deliver; staff can add rows to ``email_domain_rule``.
FOLDINGS: Mapping[str, Folding] = {
    "gmail.com": Folding(dots=True),
    "googlemail.com": Folding(alias_of="gmail.com", dots=True),
    "me.com": Folding(alias_of="icloud.com"),
    "mac.com": Folding(alias_of="icloud.com"),
    "pm.me": Folding(alias_of="proton.me"),
    "protonmail.com": Folding(alias_of="proton.me"),
}


def read_address(text: str) -> EmailAddress:
    """Return the address that was typed; international names and plus-addresses are welcome.

    Raises BadAddress with words for the person. No network is asked.
    """
    if len(text) > LONGEST:
        raise BadAddress("This email address is too long. Check it.")
    try:
        valid = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise BadAddress from None
    domain = valid.ascii_domain or valid.domain
    return EmailAddress(valid.normalized, canonical(valid.local_part, domain), domain.lower())


def canonical(local: str, domain: str, foldings: Mapping[str, Folding] = FOLDINGS) -> str:
    """Return the form in which two spellings of one mailbox are equal."""
    domain = domain.lower()
    folding = foldings.get(domain, Folding())
    name = local.casefold()
    if folding.plus:
        name = name.partition("+")[0] or name
    if folding.dots:
        name = name.replace(".", "")
    return f"{name}@{folding.alias_of or domain}"


def likely_meant(address: EmailAddress) -> str | None:
    """Return the address that a slip in the domain points to, or None where nothing is odd."""
    if standing(address.domain) is DomainStanding.KNOWN:
        return None
    domain = _mended_ending(address.domain) or _near_domain(address.domain)
    if domain is None or domain == address.domain:
        return None
    return address.written.rpartition("@")[0] + "@" + domain


def _mended_ending(domain: str) -> str | None:
    for slip, right in ENDING_SLIPS.items():
        if domain.endswith("." + slip):
            return domain.removesuffix(slip) + right
    return None


def _near_domain(domain: str) -> str | None:
    near = difflib.get_close_matches(domain, known_domains(), n=1, cutoff=CLOSE_ENOUGH)
    return near[0] if near else None


def standing(domain: str) -> DomainStanding | None:
    """Return what is known of a mail domain; None when it is simply unknown."""
    if domain in known_domains() or domain.endswith(TRUSTED_ENDINGS):
        return DomainStanding.KNOWN
    return DomainStanding.THROWAWAY if domain in blocklist else None


@cache
def known_domains() -> tuple[str, ...]:
    """Return the domains that many people use, from the file beside this module."""
    text = files("campaign_app.supporters").joinpath("data/known_domains.txt").read_text("utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def masked(address: str) -> str:
    """Return an address that its owner recognises and nobody else can use."""
    name, _, domain = address.rpartition("@")
    # Always three dots: their number would tell the length of the name.
    return f"{name[:1]}•••@{domain}"
