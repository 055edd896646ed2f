"""Addresses of supporters: read kindly, folded to one key, never changed in silence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from campaign_app.supporters.addresses import (
    BadAddress,
    likely_meant,
    masked,
    read_address,
    standing,
)
from campaign_app.supporters.models import DomainStanding
from campaign_app.supporters.names import one_line
from campaign_app.vault import keys


@pytest.fixture(autouse=True)
def _own_keys() -> Iterator[None]:
    before = list(keys._current)
    keys.use(keys.Keys.from_secrets(b"a secret of tests", (), None))
    yield
    keys._current[:] = before


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("  Ann@Example.ORG ", "Ann@example.org"),
        ("ann+bcn@gmail.com", "ann+bcn@gmail.com"),
        ("siân@cymru.example", "siân@cymru.example"),
        ("ann@bücher.example", "ann@bücher.example"),
    ],
)
def test_an_address_is_kept_as_it_is_written(typed: str, written: str) -> None:
    assert read_address(typed).written == written


@pytest.mark.parametrize(
    "typed",
    ["", "ann", "ann@", "@example.org", "a b@example.org", "a@b", "a@x.org\r\nBcc: b@x.org"],
)
def test_what_is_no_address_is_refused_in_words(typed: str) -> None:
    with pytest.raises(BadAddress, match=r"like name@example\.com"):
        read_address(typed)


def test_ten_thousand_letters_are_refused_at_once() -> None:
    with pytest.raises(BadAddress, match="too long"):
        read_address("a" * 10_000 + "@example.org")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann@Example.org", "ann@example.org"),
        ("ann+one@example.org", "ann+two@example.org"),
        ("a.n.n@gmail.com", "ann@googlemail.com"),
        ("ann@me.com", "ann@icloud.com"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_two_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert read_address(one).key == read_address(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [("ann@example.org", "bob@example.org"), ("a.nn@example.org", "ann@example.org")],
)
def test_two_mailboxes_have_two_keys(one: str, other: str) -> None:
    assert read_address(one).key != read_address(other).key


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ann@gmial.com", "ann@gmail.com"),
        ("ann@gmail.con", "ann@gmail.com"),
        ("ann@gmail.com", None),
        ("ann@manchester.ac.uk", None),
        ("ann@a-family-s-own-domain.wales", None),
    ],
)
def test_a_likely_slip_is_pointed_out(typed: str, meant: str | None) -> None:
    assert likely_meant(read_address(typed)) == meant


@pytest.mark.parametrize(
    ("domain", "known"),
    [
        ("gmail.com", DomainStanding.KNOWN),
        ("trust.nhs.uk", DomainStanding.KNOWN),
        ("mailinator.com", DomainStanding.THROWAWAY),
        ("a-family-s-own-domain.wales", None),
    ],
)
def test_a_domain_is_known_throwaway_or_neither(domain: str, known: DomainStanding | None) -> None:
    assert standing(domain) is known


def test_a_masked_address_tells_nobody_else_anything() -> None:
    assert masked("ann.example@gmail.com") == "a•••@gmail.com"
    assert masked("a@gmail.com") == "a•••@gmail.com"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Siân   ŵyn ", "Siân ŵyn"),
        ("Ann\r\nBcc: x", "Ann Bcc: x"),
        ("Ann\x00\u202eExample", "AnnExample"),
        ("O'Brien-Smythe Ø", "O'Brien-Smythe Ø"),
        ("سارة", "سارة"),
    ],
)
def test_a_name_stays_as_typed_on_one_harmless_line(typed: str, kept: str) -> None:
    assert one_line(typed) == kept
