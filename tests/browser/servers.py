"""The real demonstration, started as a person starts it and ended by its own process id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

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
    folder: Path, more: Mapping[str, str] | None = None, program: Path = CAMPAIGN
) -> Iterator[str]:
    """`campaign demo`, web and worker, with its database in a folder; gives its address."""
    port = free_port()
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
