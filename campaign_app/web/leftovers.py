"""What a refused form still has on the way to us."""

from __future__ import annotations

import time

from flask import Flask, Response, request

MOST_READ = 32_000_000  #: bytes; beyond it, and beyond the seconds, the connection is just closed
MOST_SECONDS = 10.0
PIECE = 65_536


def install(app: Flask) -> None:
    """Let a form that is refused arrive whole before the answer leaves.

    A server that closes a connection with unread bytes on it resets it, and the browser then
    shows its own error instead of our page with what to do.
    """

    @app.after_request
    def _read_on(response: Response) -> Response:
        if response.status_code >= 400 and request.environ.get("wsgi.input_terminated"):  # noqa: PLR2004 - HTTP's errors.
            _let_it_arrive()
        return response


def _let_it_arrive() -> None:
    body, left = request.environ["wsgi.input"], MOST_READ
    deadline = time.monotonic() + MOST_SECONDS
    while left > 0 and time.monotonic() < deadline:
        piece = body.read(PIECE)
        if not piece:
            return
        left -= len(piece)
