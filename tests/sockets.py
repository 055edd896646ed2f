"""A guard that lets tests talk to this machine and to nobody else."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

LOCAL_NAMES = frozenset({None, "", "localhost"})


class OutsideWorld(RuntimeError):
    """A test tried to leave this machine.

    It is no OSError on purpose: code that forgives a network which is down must not
    forgive this.
    """


def is_local(host: object) -> bool:
    """Whether a host is this machine: a loopback address, localhost, or no host at all."""
    if isinstance(host, bytes):
        host = host.decode()
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _check(host: object) -> None:
    if not is_local(host):
        raise OutsideWorld(
            f"Tests may only talk to loopback addresses and UNIX sockets, not to {host!r}. "
            "Use a fake from tests/fakes.py or a server on 127.0.0.1."
        )


def _guarded_by_address(original: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *args: Any) -> Any:  # noqa: ANN401 - it stands in for C code.
        # The address is the last argument of connect, connect_ex and sendto alike.
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _check(args[-1][0])
        return original(self, *args)

    return guarded


def _guarded_by_name(original: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: object, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as above.
        _check(host)
        return original(host, *args, **options)

    return guarded


@contextmanager
def only_loopback() -> Iterator[None]:
    """Refuse every connection and every look-up of a name that would leave this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _guarded_by_address(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _guarded_by_name(socket.getaddrinfo))
        yield
