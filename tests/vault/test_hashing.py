"""Keyed hashes: found again, never joined, never led back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from campaign_app.vault import hashing, keys


@pytest.fixture(autouse=True)
def _own_keys() -> Iterator[None]:
    before = list(keys._current)
    keys.use(keys.Keys.from_secrets(b"a secret of tests", (), b"a pepper of tests"))
    yield
    keys._current[:] = before


def test_an_address_has_one_key_of_16_bytes() -> None:
    key = hashing.email_key("ann@example.org")

    assert key == hashing.email_key("ann@example.org")
    assert key != hashing.email_key("bob@example.org")
    assert len(key) == hashing.KEY_BYTES


def test_keys_of_two_purposes_say_nothing_about_each_other() -> None:
    one_value = "ann@example.org"

    found = {hashing.keyed(purpose, one_value) for purpose in ("email", "person", "network")}
    found |= {hashing.suppression_key(channel, one_value) for channel in ("email", "post")}

    assert len(found) == 5


def test_parts_cannot_be_shifted_between_each_other() -> None:
    assert hashing.keyed("person", "ab", "c") != hashing.keyed("person", "a", "bc")


def test_a_person_is_the_same_whatever_the_case_and_the_spaces() -> None:
    typed = hashing.person_key("a@example.org", " ann  MARIE ", "Straße")

    assert typed == hashing.person_key("a@example.org", "Ann Marie", "STRASSE")


def test_two_people_at_one_address_are_two() -> None:
    ann = hashing.person_key("home@example.org", "Ann", "Example")

    assert ann != hashing.person_key("home@example.org", "Bob", "Example")


def test_another_pepper_gives_other_keys() -> None:
    before = hashing.email_key("ann@example.org")
    keys.use(keys.Keys.from_secrets(b"a secret of tests", (), b"another pepper"))

    assert hashing.email_key("ann@example.org") != before


def test_a_household_with_ipv6_is_one_network() -> None:
    one, other, neighbour = "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"

    assert hashing.network_key(one) == hashing.network_key(other)
    assert hashing.network_key(one) != hashing.network_key(neighbour)


def test_an_ipv4_address_mapped_into_ipv6_is_the_same_network() -> None:
    assert hashing.network_key("::ffff:192.0.2.7") == hashing.network_key("192.0.2.7")
    assert hashing.network_key("192.0.2.7") != hashing.network_key("192.0.2.8")


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        hashing.network_key("unknown")
