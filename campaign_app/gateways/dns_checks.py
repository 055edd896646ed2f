"""Is our mail domain set up so that receivers believe us: SPF, DKIM, DMARC, MX, PTR.

dnspython asks the questions: email-validator brings it along, so it costs nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import dns.exception
import dns.resolver
import dns.reversename

TIMEOUT: Final = 5.0  #: seconds for each question
_POLICY: Final = re.compile(r"\bp\s*=\s*(none|quarantine|reject)\b", re.IGNORECASE)
_KEY: Final = re.compile(r"\bp\s*=\s*[A-Za-z0-9+/]{16,}")
_SPF_END: Final = re.compile(r"[~-]all\b|\bredirect=")


class NoAnswer(Exception):
    """The name servers did not answer, so nothing can be said."""


class Resolver(Protocol):
    """Answers questions about names."""

    def ask(self, name: str, kind: str) -> list[str]:
        """Return the records of a kind; none when there are none. Raises NoAnswer."""
        ...


class SystemResolver:
    """Asks the name servers of this machine."""

    def ask(self, name: str, kind: str) -> list[str]:
        """Return the records of a kind; none when there are none. Raises NoAnswer."""
        try:
            answer = dns.resolver.resolve(name, kind, lifetime=TIMEOUT)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise NoAnswer from error
        return [_text(record.to_text()) for record in answer]


def _text(record: str) -> str:
    # A long TXT record comes in quoted pieces that belong together.
    return "".join(re.findall(r'"([^"]*)"', record)) if record.startswith('"') else record


@dataclass(frozen=True, slots=True)
class DnsFinding:
    """One thing that was looked at, whether it is well, and what to publish where it is not."""

    subject: str
    well: bool
    words: str


@dataclass(frozen=True, slots=True)
class MailSetUp:
    """What should be published.

    ``spf`` is the mechanism of our relay, such as ``include:amazonses.com``; ``selectors`` are
    those of our DKIM keys; ``addresses`` are those that our own mail server sends from, none
    when a provider sends for us.
    """

    domain: str
    spf: str = ""
    selectors: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


def check_dns(set_up: MailSetUp, resolver: Resolver) -> list[DnsFinding]:
    """Return what was found, red or green, in the order in which to mend it."""
    looks = (_spf, _dkim, _dmarc, _mx, _ptr)
    return [finding for look in looks for finding in _asked(look.__name__, look(set_up, resolver))]


def _asked(name: str, findings: Iterator[DnsFinding]) -> Iterator[DnsFinding]:
    try:
        yield from findings
    except NoAnswer:
        subject = name.strip("_").upper()
        yield DnsFinding(subject, well=False, words="the name servers did not answer; try again")


def _spf(set_up: MailSetUp, resolver: Resolver) -> Iterator[DnsFinding]:
    domain = set_up.domain
    found = [one for one in resolver.ask(domain, "TXT") if one.lower().startswith("v=spf1")]
    wanted = f"v=spf1 {set_up.spf or 'mx'} -all"
    if len(found) != 1:
        words = f"publish exactly one TXT record at {domain}: {wanted}"
    elif set_up.spf and set_up.spf not in found[0].split():
        words = f"the TXT record at {domain} lacks {set_up.spf}; publish: {wanted}"
    elif not _SPF_END.search(found[0]):
        words = f"the TXT record at {domain} should end in -all or ~all"
    else:
        yield DnsFinding("SPF", well=True, words=found[0])
        return
    yield DnsFinding("SPF", well=False, words=words)


def _dkim(set_up: MailSetUp, resolver: Resolver) -> Iterator[DnsFinding]:
    if not set_up.selectors:
        words = "no DKIM selector is set: let the relay sign, and name its selector"
        yield DnsFinding("DKIM", well=False, words=words)
    for selector in set_up.selectors:
        name = f"{selector}._domainkey.{set_up.domain}"
        well = any(_KEY.search(record) for record in resolver.ask(name, "TXT"))
        words = (
            f"a key stands at {name}" if well else f"publish the key as TXT (or CNAME) at {name}"
        )
        yield DnsFinding("DKIM", well=well, words=words)


def _dmarc(set_up: MailSetUp, resolver: Resolver) -> Iterator[DnsFinding]:
    name = f"_dmarc.{set_up.domain}"
    found = [one for one in resolver.ask(name, "TXT") if one.lower().startswith("v=dmarc1")]
    policy = _POLICY.search(found[0]) if len(found) == 1 else None
    well = policy is not None and policy[1].lower() != "none"
    wanted = f"v=DMARC1; p=quarantine; rua=mailto:dmarc@{set_up.domain}"
    words = found[0] if well else f"publish one TXT record at {name}: {wanted}"
    yield DnsFinding("DMARC", well=well, words=words)


def _mx(set_up: MailSetUp, resolver: Resolver) -> Iterator[DnsFinding]:
    found = [one for one in resolver.ask(set_up.domain, "MX") if not one.endswith(" .")]
    words = ", ".join(found) or (
        f"publish an MX record at {set_up.domain}: bounces and answers come back there"
    )
    yield DnsFinding("MX", well=bool(found), words=words)


def _ptr(set_up: MailSetUp, resolver: Resolver) -> Iterator[DnsFinding]:
    for address in set_up.addresses:
        names = resolver.ask(dns.reversename.from_address(address).to_text(), "PTR")
        kind = "AAAA" if ":" in address else "A"
        well = any(address in resolver.ask(name, kind) for name in names)
        words = (
            f"{address} is {names[0]}"
            if well
            else (f"give {address} a PTR record whose name leads back to it")
        )
        yield DnsFinding("PTR", well=well, words=words)
