"""The network that a visitor comes from, which a visitor cannot choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask import Flask

from campaign_app.settings import Settings
from campaign_app.web.network import UNKNOWN, client_address, visitor_network

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.fixture
def behind(settings: Settings, start_app: Callable[[Settings], Flask]) -> Flask:
    """An app behind trusted proxies."""
    return start_app(replace(settings, trusted_proxies=PROXIES))


def seen(app: Flask, remote: str, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    environ = {"REMOTE_ADDR": remote}
    with app.test_request_context(headers=headers, environ_overrides=environ):
        return client_address()


def key(app: Flask, remote: str, forwarded: str | None = None) -> bytes:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    with app.test_request_context(headers=headers, environ_overrides={"REMOTE_ADDR": remote}):
        return visitor_network()


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.5", "10.0.0.5"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("fd00::1", "2001:db8::5", "2001:db8::5"),
        ("10.0.0.1", "<script>", UNKNOWN),
        ("10.0.0.1", "203.0.113.9, unknown", UNKNOWN),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", ", ,", "10.0.0.1"),
        ("", None, UNKNOWN),
    ],
)
def test_the_nearest_hop_that_nobody_vouches_for_is_the_visitor(
    behind: Flask, remote: str, forwarded: str | None, address: str
) -> None:
    assert seen(behind, remote, forwarded) == address


def test_without_trusted_proxies_a_claim_changes_nothing(app: Flask) -> None:
    assert key(app, "192.0.2.1") == key(app, "192.0.2.1", "198.51.100.7")


def test_a_claim_before_the_proxy_s_own_word_changes_nothing(behind: Flask) -> None:
    honest = key(behind, "10.0.0.1", "198.51.100.7")

    assert key(behind, "10.0.0.1", "1.2.3.4, 198.51.100.7") == honest


def test_a_whole_ipv6_network_is_one(app: Flask) -> None:
    assert key(app, "2001:db8:1:2::1") == key(app, "2001:db8:1:2:ffff:ffff:ffff:ffff")
    assert key(app, "2001:db8:1:2::1") != key(app, "2001:db8:1:3::1")


def test_ipv4_is_the_same_however_the_socket_shows_it(app: Flask) -> None:
    assert key(app, "::ffff:192.0.2.1") == key(app, "192.0.2.1")


def test_the_address_itself_is_not_in_the_key(app: Flask) -> None:
    assert b"192" not in key(app, "192.0.2.1")
    assert len(key(app, "192.0.2.1")) == 16
