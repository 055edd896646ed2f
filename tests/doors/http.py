"""Our app on a real socket, and a client that asks it over HTTP."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import EnvironBuilder, TestResponse

from tests.browser.servers import free_port

SECONDS = 20


class Quiet(WSGIRequestHandler):
    """Writes no log of its own, as the real server does not."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def served(start: Callable[[str], Flask]) -> Iterator[tuple[Flask, HttpClient]]:
    """An app that ``start`` makes for a base address, on that address."""
    port = free_port()
    app = start(f"http://127.0.0.1:{port}")
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield app, HttpClient(port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class HttpClient:
    """Asks a port of this machine, with the two calls that somebody at our pages needs."""

    port: int

    @property
    def origin(self) -> dict[str, str]:
        """The headers of a browser that is on our own page."""
        return {"Origin": f"http://127.0.0.1:{self.port}", "Sec-Fetch-Site": "same-origin"}

    def get(self, path: str) -> TestResponse:
        """Ask for a page."""
        return self._ask("GET", path, None, {})

    def post(
        self, path: str, *, data: str | bytes, content_type: str, headers: Mapping[str, str]
    ) -> TestResponse:
        """Send a form."""
        body = data.encode() if isinstance(data, str) else data
        return self._ask("POST", path, body, {**headers, "Content-Type": content_type})

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> TestResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            reply = connection.getresponse()
            content = reply.read()
        finally:
            connection.close()
        request = EnvironBuilder(path=path, method=method).get_request()
        status, found = f"{reply.status} {reply.reason}", Headers(reply.getheaders())
        return TestResponse([content], status, found, request=request)
