"""The real demonstration, started as a person starts it and ended by its own process id."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

READY_SECONDS = 60
STOP_SECONDS = 20
CAMPAIGN = Path(sys.executable).parent / "campaign"


class ServerNotReady(RuntimeError):
    """The demonstration did not start; the message holds what it printed."""


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def demonstration(
    folder: Path,
    more: Mapping[str, str] | None = None,
    program: Path = CAMPAIGN,
    port: int | None = None,
) -> Iterator[str]:
    """`campaign demo`, web and worker, with its database in a folder; gives its address.

    Name a ``port`` to start one again where people left it.
    """
    port = port or free_port()
    base = f"http://127.0.0.1:{port}"
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [program, "demo"],
            cwd=folder,
            env=_environment(folder, port) | dict(more or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C in our terminal is for pytest, which then ends this in order.
            start_new_session=True,
        )
        try:
            _wait_until_ready(base, process, folder / "output")
            yield base
        finally:
            _end(process)


class _Postcodes(BaseHTTPRequestHandler):
    """Answers as postcodes.io does for postcodes that the built-in directory does not hold."""

    def do_GET(self) -> None:
        """Know no postcode; SE97 is out of use, and for SE98 the service fails."""
        answer: dict[str, object] = {"status": 404, "error": "Postcode not found"}
        if "SE97" in self.path:
            answer["terminated"] = {
                "postcode": "SE97 9ZZ", "year_terminated": 2019, "month_terminated": 6,
                "longitude": -0.08, "latitude": 51.5,
            }  # fmt: skip
        body = json.dumps(answer).encode()
        self.send_response(503 if "SE98" in self.path else 404)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def postcode_service() -> Iterator[str]:
    """A stand-in for postcodes.io, so that no test asks the real one; gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Postcodes) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Line:
    """A connection to a server that can drop and come back, all at one address.

    For a browser it is the same as a server that stops and starts, but it takes no time.
    """

    def __init__(self, to: str) -> None:
        """Lead to a server; ``base`` is the address at this end."""
        self._to = (urlsplit(to).hostname or "", urlsplit(to).port or 80)
        self._port = free_port()
        self._open: list[socket.socket] = []
        self._door: socket.socket | None = None
        self.base = f"http://127.0.0.1:{self._port}"

    def connect(self) -> None:
        """Take calls."""
        self._door = socket.create_server(("127.0.0.1", self._port))
        threading.Thread(target=self._answer, args=(self._door,), daemon=True).start()

    def drop(self) -> None:
        """Take no calls any more, and end those that are going on."""
        if self._door:
            # Closing alone would leave a thread in accept(), and the port in use.
            self._door.shutdown(socket.SHUT_RDWR)
            self._door.close()
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def _answer(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _ = door.accept()
                theirs = socket.create_connection(self._to)
                self._open += [ours, theirs]
                for pair in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=_pass_on, args=pair, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextmanager
def line(to: str) -> Iterator[Line]:
    """A line to a server that takes calls now."""
    made = Line(to)
    made.connect()
    try:
        yield made
    finally:
        made.drop()


def _environment(folder: Path, port: int) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CAMPAIGN_")}
    return inherited | {
        "PORT": str(port),
        "CAMPAIGN_MODE": "demo",
        "CAMPAIGN_DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "CAMPAIGN_UPLOADS": str(folder / "uploads"),
        "PYTHONUNBUFFERED": "1",
    }


def _wait_until_ready(base: str, process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _is_ready(base):
            return
        time.sleep(0.1)
    said = output.read_text(errors="replace")[-4000:]
    raise ServerNotReady(f"exit code {process.poll()} before /readyz answered; it said:\n{said}")


def _is_ready(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as answer:
        answer.close()
    except OSError:
        pass
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # It leads a session of its own, so this reaches its children and nobody else.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
