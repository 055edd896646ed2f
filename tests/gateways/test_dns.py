"""The mail domain's records: red or green, and what to publish."""

from __future__ import annotations

import pytest

from campaign_app.gateways.dns_checks import MailSetUp, NoAnswer, check_dns

DOMAIN = "act.example.org"
SET_UP = MailSetUp(DOMAIN, spf="include:relay.example", selectors=("s1",), addresses=("192.0.2.1",))
GOOD = {
    (DOMAIN, "TXT"): ["v=spf1 include:relay.example -all", "something else"],
    ("s1._domainkey." + DOMAIN, "TXT"): ["v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQ"],
    ("_dmarc." + DOMAIN, "TXT"): ["v=DMARC1; p=reject"],
    (DOMAIN, "MX"): ["10 mx.example.org."],
    ("1.2.0.192.in-addr.arpa.", "PTR"): ["mail.example.org."],
    ("mail.example.org.", "A"): ["192.0.2.1"],
}


class Names:
    def __init__(self, **changed: list[str]) -> None:
        self.records = dict(GOOD)
        for kind, found in changed.items():
            key = next(one for one in GOOD if kind in {one[1].lower(), one[0].split(".")[0]})
            self.records[key] = found

    def ask(self, name: str, kind: str) -> list[str]:
        return self.records.get((name, kind), [])


class Silent:
    def ask(self, name: str, kind: str) -> list[str]:
        raise NoAnswer


def red(names: Names, set_up: MailSetUp = SET_UP) -> dict[str, str]:
    return {one.subject: one.words for one in check_dns(set_up, names) if not one.well}


def test_a_domain_that_is_set_up_is_green() -> None:
    assert [one.subject for one in check_dns(SET_UP, Names())] == [
        "SPF",
        "DKIM",
        "DMARC",
        "MX",
        "PTR",
    ]
    assert red(Names()) == {}


@pytest.mark.parametrize(
    ("changed", "subject", "words"),
    [
        ({"txt": []}, "SPF", "v=spf1 include:relay.example -all"),
        ({"txt": ["v=spf1 -all", "v=spf1 mx -all"]}, "SPF", "exactly one"),
        ({"txt": ["v=spf1 mx -all"]}, "SPF", "lacks include:relay.example"),
        ({"txt": ["v=spf1 include:relay.example +all"]}, "SPF", "-all"),
        ({"s1": []}, "DKIM", "s1._domainkey"),
        ({"s1": ["v=DKIM1; p="]}, "DKIM", "s1._domainkey"),
        ({"_dmarc": []}, "DMARC", "p=quarantine"),
        ({"_dmarc": ["v=DMARC1; p=none"]}, "DMARC", "p=quarantine"),
        ({"mx": []}, "MX", "MX"),
        ({"mx": ["0 ."]}, "MX", "MX"),
        ({"ptr": []}, "PTR", "192.0.2.1"),
        ({"ptr": ["other.example."]}, "PTR", "192.0.2.1"),
    ],
)
def test_what_is_missing_is_red_and_says_what_to_publish(
    changed: dict[str, list[str]], subject: str, words: str
) -> None:
    found = red(Names(**changed))

    assert list(found) == [subject]
    assert words in found[subject]


def test_without_a_selector_dkim_is_red() -> None:
    assert list(red(Names(), MailSetUp(DOMAIN, spf="include:relay.example"))) == ["DKIM"]


def test_name_servers_that_are_silent_are_red_and_no_error() -> None:
    found = check_dns(SET_UP, Silent())

    assert [one.well for one in found] == [False] * 5
    assert "try again" in found[0].words
