"""Early answers: finished pages kept one second in each process, given before Flask wakes.

Only answers that anyone may keep (``Cache-Control: public`` with an ETag, status 200, no
cookie) are kept, and only for a plain GET or HEAD without a query. The bytes and headers
are those that the full answer had.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from werkzeug.http import parse_etags, unquote_etag

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

KEPT_SECONDS = 1.0
WHILE_MADE_ANEW = 5.0
MOST_PAGES = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """A finished page: until when it is good, its headers and its bytes."""

    until: float
    etag: str
    headers: list[tuple[str, str]]
    short_headers: list[tuple[str, str]]
    body: bytes


class EarlyAnswer:
    """A WSGI application in front of another, answering kept pages itself."""

    def __init__(self, inner: WSGIApplication) -> None:
        """Stand in front of ``inner``."""
        self.inner = inner
        self.pages: dict[tuple[str, str], Kept] = {}

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer from what is kept, or ask the inner application and keep its answer."""
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD") or environ.get("QUERY_STRING"):
            return self.inner(environ, start)
        key = (environ.get("HTTP_HOST", ""), environ["PATH_INFO"])
        page = self.pages.get(key)
        now = time.monotonic()
        if page is None:
            return self._ask(environ, start, key)
        if page.until < now:
            # This request makes the page anew; those that come meanwhile get the old one, so
            # that a popular page is not made by every thread at once.
            self.pages[key] = replace(page, until=now + WHILE_MADE_ANEW)
            return self._ask(environ, start, key)
        return _give(page, method, environ.get("HTTP_IF_NONE_MATCH"), start)

    def _ask(
        self, environ: WSGIEnvironment, start: StartResponse, key: tuple[str, str]
    ) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "HEAD" or "HTTP_IF_NONE_MATCH" in environ:
            self.pages.pop(key, None)
            return self.inner(environ, start)
        seen: list[tuple[str, list[tuple[str, str]]]] = []

        def listen(status, headers, exc_info=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            seen.append((status, headers))
            return start(status, headers, exc_info)

        answer = self.inner(environ, listen)
        if not seen or not _may_be_kept(*seen[0]):
            self.pages.pop(key, None)
            return answer
        body = _whole(answer)
        self._keep(key, seen[0][1], body)
        return [body]

    def _keep(self, key: tuple[str, str], headers: list[tuple[str, str]], body: bytes) -> None:
        if len(self.pages) >= MOST_PAGES:
            self.pages.clear()
        short = [pair for pair in headers if pair[0] not in ("Content-Length", "Content-Type")]
        etag, _weak = unquote_etag(next(value for name, value in headers if name == "ETag"))
        self.pages[key] = Kept(time.monotonic() + KEPT_SECONDS, etag, headers, short, body)


def _whole(answer: Iterable[bytes]) -> bytes:
    try:
        return b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()


def _may_be_kept(status: str, headers: list[tuple[str, str]]) -> bool:
    found = dict(headers)
    return (
        status.startswith("200")
        and found.get("Cache-Control", "").startswith("public, max-age=2,")
        and "ETag" in found
        and "Set-Cookie" not in found
    )


def _give(page: Kept, method: str, known: str | None, start: StartResponse) -> Iterable[bytes]:
    if known is not None and parse_etags(known).contains_weak(page.etag):
        start("304 NOT MODIFIED", list(page.short_headers))
        return []
    start("200 OK", list(page.headers))
    return [] if method == "HEAD" else [page.body]


def install(app: Flask) -> None:
    """Put the early answer in front of the application."""
    app.wsgi_app = EarlyAnswer(app.wsgi_app)  # type: ignore[assignment]
