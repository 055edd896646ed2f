"""Servers under measurement: gunicorn with the platform's own options, on a free port."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def gunicorn(application: str, environ: Mapping[str, str], path: str) -> Iterator[str]:
    """Serve an application with two processes of eight threads; yield its base address."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    options = ["--workers", "2", "--worker-class", "gthread", "--threads", "8"]
    process = subprocess.Popen(
        [*command, *options, "--log-level", "error"],
        cwd=ROOT,
        env={**os.environ, **environ, "PORT": str(port)},
    )
    try:
        _wait(f"http://127.0.0.1:{port}{path}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def _wait(url: str) -> None:
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.1)
    message = f"{url} did not answer"
    raise RuntimeError(message)
