"""Web, workers and PostgreSQL as processes of their own that can be killed and come back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL

from tests.postgres import DRIVER, Owner, ServerFailed, find_programs

ROOT = Path(__file__).parents[2]


@dataclass
class Kept:
    """A process that is started again whenever it has died, as systemd would."""

    name: str
    command: list[str]
    environ: Mapping[str, str]
    folder: Path
    deaths: int = 0
    died: Callable[[int], None] = lambda _pid: None
    _process: subprocess.Popen[bytes] | None = None
    _ending: threading.Event = field(default_factory=threading.Event)
    _keeper: threading.Thread | None = None

    def start(self) -> None:
        """Start it, and keep it running from now on."""
        self._spawn()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    @property
    def pid(self) -> int:
        """Its process id just now."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill it and its children, with no word of warning."""
        # It leads a group of its own, so nobody else is in it.
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def kill_a_child(self, choice: int) -> None:
        """Kill one of its children, where it has any."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        with suppress(OSError, ProcessLookupError):
            pids = children.read_text().split()
            if pids:
                os.kill(int(pids[choice % len(pids)]), signal.SIGKILL)

    def end(self) -> None:
        """Stop it for good."""
        self._ending.set()
        if self._keeper is not None:
            self._keeper.join(10)
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            self.kill()
            self._process.wait()

    def _spawn(self) -> None:
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                # Else a test that is cut short would leave it behind.
                ["setpriv", "--pdeathsig", "KILL", *self.command],
                cwd=ROOT,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _keep(self) -> None:
        while not self._ending.wait(0.02):
            assert self._process is not None
            if self._process.poll() is None:
                continue
            self.kill()
            self.deaths += 1
            self.died(self.pid)
            if not self._ending.wait(0.1):
                self._spawn()


@dataclass
class Postgres:
    """A PostgreSQL server that fsyncs, as production does, and can be restarted in two ways."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The address of its one database, as settings take it."""
        url = URL.create(DRIVER, "postgres", None, "127.0.0.1", self.port, "postgres")
        return url.render_as_string(hide_password=False)

    @classmethod
    def made_in(cls, folder: Path, port: int) -> Postgres:
        """A new server, running."""
        folder.mkdir()
        owner = Owner.here()
        if owner.uid is not None and owner.gid is not None:
            os.chown(folder, owner.uid, owner.gid)
        server = cls(folder, port)
        options = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"]
        server._run("initdb", "-D", str(folder / "data"), *options)
        server.start()
        return server

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c max_connections=60 "
            f"-c unix_socket_directories={self.folder}"
        )
        self._control("-w", "-l", str(self.folder / "server.log"), "-o", options, "start")

    def stop(self, mode: str) -> None:
        """Stop it: ``fast``, or ``immediate`` as a crash does."""
        self._control("-m", mode, "stop")

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-t", "60", *words)

    def _run(self, program: str, *words: str) -> None:
        programs = find_programs()
        assert programs is not None
        process = Owner.here().start([programs / program, *words], self.folder)
        process.communicate()
        if process.returncode:
            raise ServerFailed((self.folder / "log").read_text())


def web(base: str, environ: Mapping[str, str], folder: Path) -> Kept:
    """The pages, served as in production, and kept."""
    port = base.rpartition(":")[2]
    command = [sys.executable, "-m", "campaign_app.cli", "serve", "--port", port]
    return Kept("web", command, environ, folder)


def worker(number: int, environ: Mapping[str, str], folder: Path) -> Kept:
    """A worker, kept."""
    return Kept(f"worker-{number}", [sys.executable, "-m", "tests.chaos.worker"], environ, folder)


def wait_for_web(base: str, seconds: float = 60) -> None:
    """Wait until the pages answer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"{base}/readyz", timeout=2):
            return
        time.sleep(0.1)
    raise RuntimeError("the pages did not answer")
