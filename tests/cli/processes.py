"""Our commands as real processes, each with an environment of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60
SECRET = "q7Zt-0vK3xWm9RbLs2YhNf5JcUe8GaPd"
SEAL_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """A demonstration in a folder, and nothing of our own environment's settings."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CAMPAIGN_")}
    return inherited | {
        "CAMPAIGN_MODE": "demo",
        "CAMPAIGN_DATABASE_URL": f"sqlite:///{folder / 'campaign.db'}",
        "CAMPAIGN_UPLOADS": str(folder / "uploads"),
        "PYTHONUNBUFFERED": "1",
        **(more or {}),
    }


def production(folder: Path) -> dict[str, str]:
    """What a production needs, all of it good."""
    return {
        "CAMPAIGN_MODE": "production",
        "CAMPAIGN_SECRET_KEY": SECRET,
        "CAMPAIGN_SEAL_KEYS": SEAL_KEY,
        "CAMPAIGN_BASE_URL": "https://act.example.org",
        "CAMPAIGN_MAIL_DOMAIN": "act.example.org",
        "CAMPAIGN_SMTP_URL": "smtp://127.0.0.1:9",
        "CAMPAIGN_DATABASE_URL": f"sqlite:///{folder / 'campaign.db'}",
    }


def ran(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "campaign_app.cli", *words],
        env=environment(folder, more),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )


@contextmanager
def running(folder: Path, *words: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command until the block ends; it leads a process group of its own."""
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "campaign_app.cli", *words],
            env=environment(folder, more),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def stopped(process: subprocess.Popen[str], seconds: float) -> int:
    """Tell a process to stop, and return its exit code; it must not take longer."""
    process.send_signal(signal.SIGTERM)
    return process.wait(seconds)


def nobody_left(process: subprocess.Popen[str], seconds: float = 2) -> bool:
    """Whether the whole process group is gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def wait_for(condition: object, process: subprocess.Popen[str]) -> None:
    """Wait until a condition holds, as long as the process lives."""
    deadline = time.monotonic() + START_SECONDS
    while not condition():  # type: ignore[operator]
        assert process.poll() is None, f"it ended with {process.returncode}"
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


def answers(port: int, path: str = "/readyz") -> int | None:
    """The status of a page on a port; None while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return None
