"""No test can leave this machine."""

from __future__ import annotations

import socket

import pytest

from tests.sockets import OutsideWorld, is_local


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "", b"localhost"])
def test_this_machine_is_local(host: str | bytes) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org", "127.0.0.1.example"])
def test_any_other_machine_is_not(host: str) -> None:
    assert not is_local(host)


def test_a_connection_out_is_an_error_that_says_so() -> None:
    with socket.socket() as outward, pytest.raises(OutsideWorld, match="only talk to loopback"):
        outward.connect(("192.0.2.1", 80))


def test_a_datagram_out_is_an_error_too() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as outward, pytest.raises(OutsideWorld):
        outward.sendto(b"hello", ("192.0.2.1", 53))


def test_looking_up_a_name_is_an_error_too() -> None:
    with pytest.raises(OutsideWorld, match=r"api\.postcodes\.io"):
        socket.create_connection(("api.postcodes.io", 443))


def test_a_server_on_this_machine_can_be_reached() -> None:
    server = socket.create_server(("127.0.0.1", 0))

    with server, socket.create_connection(server.getsockname()) as caller:
        assert caller.getpeername() == server.getsockname()
