"""One question over HTTP that ends in time, whatever the other side does.

The time-outs of ``requests`` are for each wait on the socket: an answer that drips in byte
by byte, a slow name server or a second address would each go past them. So the question
is asked in a thread of its own, and when the budget is spent its sockets are cut.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from campaign_app.errors import TransientFailure

RETRY_PAUSES = (0.1, 0.3)  #: Seconds before the second and the third try.
_PIECE = 16_384
_BUSY = (429, 503)
_LONGEST_WAIT = 86_400  # Seconds; whoever asks for more than a day has said enough.
_THREADS = 32  # Questions at once in one process; more of them wait, inside their budgets.


class Unanswered(TransientFailure):
    """Nobody answered, or not in time, or too much; the words name no address."""

    message = "The other side did not answer in time."


class _Unreachable(Unanswered):
    """The connection was refused or broke before an answer: worth another try."""

    message = "The other side could not be reached."


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over HTTP: its status and its whole body."""

    status: int
    body: bytes
    retry_after: timedelta | None = None  #: how long a busy server asks us to wait

    @property
    def worth_another_try(self) -> bool:
        """Return whether the same question may be answered better in a moment."""
        return self.status >= requests.codes.server_error or self.retry_after is not None


@dataclass(slots=True)
class _Lifeline:
    """The sockets of one question, so that they can be cut from outside."""

    lock: Lock = field(default_factory=Lock)
    sockets: list[socket.socket] = field(default_factory=list)
    is_cut: bool = False

    def hold(self, sock: socket.socket) -> None:
        # A copy shares the connection, and stays when TLS takes over the socket itself.
        with self.lock:
            self.sockets.append(sock.dup())
        if self.is_cut:
            self.cut()

    def cut(self) -> None:
        with self.lock:
            self.is_cut = True
            for sock in self.sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def drop(self) -> None:
        with self.lock:
            while self.sockets:
                self.sockets.pop().close()


_lifeline: ContextVar[_Lifeline] = ContextVar("_lifeline")


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        _lifeline.get().hold(sock)
        return sock


class _SecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        _lifeline.get().hold(sock)
        return sock


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _Pool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as theirs.
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> urllib3.PoolManager:  # noqa: ANN401
        manager: urllib3.PoolManager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class BoundedClient:
    """Asks by GET or POST within a budget for all: name, connection, tries, reading.

    ``budget`` and ``clock`` are in seconds, ``limit`` in bytes. Safe to share between
    threads: each question has connections of its own. Sends nothing but the address that
    is asked for and ``user_agent``.
    """

    def __init__(
        self,
        user_agent: str,
        *,
        budget: float,
        limit: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "application/json",
            # A small compressed answer can unfold into a huge one.
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        self._budget = budget
        self._limit = limit
        self._clock = clock
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="bounded")
        # urllib3 writes each address that it asks into its debug log, and ours hold a postcode.
        logging.getLogger("urllib3").setLevel(logging.INFO)

    def ask(self, url: str, *, json: bytes | None = None) -> Reply:
        """Return what is answered, whatever its status below 500; redirects are not followed.

        With ``json`` it is asked by POST, which must change nothing there: a refused or
        broken connection and a 5xx are tried again within the budget, a time-out never. A
        429 or 503 that says how long to wait is tried again after that time, and returned at
        once when that is longer than the budget. Raises Unanswered when the budget is spent,
        nobody is there, or the answer is longer than ``limit``; the last 5xx is returned.
        """
        headers = self._headers | ({"Content-Type": "application/json"} if json else {})
        deadline = self._clock() + self._budget
        question = _Question(url, headers, self._limit, deadline, json)
        future = self._threads.submit(question.answer, self._clock)
        try:
            return future.result(timeout=question.deadline - self._clock())
        except TimeoutError:
            future.cancel()
            raise Unanswered from None
        finally:
            question.lifeline.cut()


@dataclass(frozen=True, slots=True)
class _Question:
    url: str
    headers: Mapping[str, str]
    limit: int
    deadline: float
    json: bytes | None = None
    lifeline: _Lifeline = field(default_factory=_Lifeline)

    def answer(self, clock: Callable[[], float]) -> Reply:
        _lifeline.set(self.lifeline)
        try:
            return self._tried(clock)
        finally:
            self.lifeline.drop()

    def _tried(self, clock: Callable[[], float]) -> Reply:
        for pause in RETRY_PAUSES:
            reply = None
            with contextlib.suppress(_Unreachable):
                reply = self._once(self.deadline - clock())
            if reply and not reply.worth_another_try:
                return reply
            asked = reply.retry_after if reply else None
            seconds = pause if asked is None else asked.total_seconds()
            if clock() + seconds >= self.deadline:
                if reply and asked is not None:
                    return reply
                raise Unanswered
            time.sleep(seconds)
        return self._once(self.deadline - clock())

    def _once(self, seconds: float) -> Reply:
        if seconds <= 0 or self.lifeline.is_cut:
            raise Unanswered
        with requests.Session() as session, _plain_words():
            session.headers = dict(self.headers)
            for scheme in ("http://", "https://"):
                session.mount(scheme, _Adapter())
            # Given an auth of ours, requests does not look for one in ~/.netrc.
            with session.request(
                "GET" if self.json is None else "POST",
                self.url,
                data=self.json,
                auth=_no_auth,
                timeout=seconds,
                stream=True,
                allow_redirects=False,
            ) as response:
                body = self._body(response)
                return Reply(response.status_code, body, _retry_after(response))

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        # Read as it comes: what is compressed in spite of our header is no JSON, and is refused.
        for piece in response.raw.stream(_PIECE, decode_content=False):
            body += piece
            if len(body) > self.limit:
                raise Unanswered("The other side answered with far too much.")
        return bytes(body)


def _retry_after(response: requests.Response) -> timedelta | None:
    """Return how long a busy server asks us to wait, in seconds or until a time on its clock."""
    value = response.headers.get("Retry-After", "").strip()
    if response.status_code not in _BUSY or not value:
        return None
    if value.isdecimal():
        return timedelta(seconds=min(int(value[:9]), _LONGEST_WAIT))
    try:
        until = parsedate_to_datetime(value)
        wait = until - parsedate_to_datetime(response.headers["Date"])
    except (ValueError, TypeError, KeyError):
        return None
    return max(wait, timedelta())


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


@contextlib.contextmanager
def _plain_words() -> Iterator[None]:
    """Turn the errors of requests, which hold the whole address, into ours, which do not."""
    try:
        yield
    except (requests.Timeout, urllib3.exceptions.TimeoutError):
        raise Unanswered from None
    except requests.ConnectionError:
        raise _Unreachable from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        raise Unanswered("The other side broke off its answer.") from None
