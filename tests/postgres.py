"""A throwaway PostgreSQL server for one test session.

The server runs under a small shell that waits for its standard input to end. When the
session ends in any way, even by kill -9, that pipe closes, and the shell then stops the
server that it started and removes its folder. Nothing else is ever ended.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

EXTERNAL = "CAMPAIGN_TEST_DATABASE_URL"
PROGRAMS = ("initdb", "postgres")
DRIVER = "postgresql+psycopg"
START_TRIES = 3
START_SECONDS = 30

SUPERVISOR = """
folder=$1; shift
exec 3<&0
"$@" 3<&- &
server=$!
(read -r _ <&3; touch "$folder/ended"; kill -INT "$server") &
wait "$server"
if [ -e "$folder/ended" ]; then rm -rf "$folder"; else kill $!; fi
"""

# Tests that use this server kill nothing, so nothing here needs to survive a power cut.
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off")


class ServerFailed(RuntimeError):
    """The server was found but would not start; its log says why."""


def find_programs() -> Path | None:
    """The folder of the newest PostgreSQL on this machine that has all we need."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += Path("/usr/lib/postgresql").glob("*/bin")
    complete = [f for f in folders if all((f / program).exists() for program in PROGRAMS)]
    return max(complete, key=_version, default=None)


def _version(folder: Path) -> int:
    shown = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    return int("".join(filter(str.isdigit, shown.split()[2].split(".")[0])))


@dataclass(frozen=True)
class Owner:
    """The user that the server runs as; nobody in particular unless we are root."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def here(cls) -> Owner:
        """Another user when we are root, because PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return cls()
        with suppress(KeyError):
            return cls._named("postgres")
        return cls._named("nobody")

    @classmethod
    def _named(cls, name: str) -> Owner:
        entry = pwd.getpwnam(name)
        return cls(entry.pw_uid, entry.pw_gid)

    def start(self, command: Sequence[str | Path], folder: Path) -> subprocess.Popen[bytes]:
        """Start a command with a pipe to it, out of reach of Ctrl-C in our terminal."""
        with (folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Server:
    """A running server, known by the address of a database that always exists."""

    url: URL

    def admin(self, database: str | None = None) -> psycopg.Connection:
        """A connection of its own that commits each statement."""
        url = self.url.set(drivername="postgresql", database=database or self.url.database)
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[URL]:
        """A new database, a copy of another one; it is dropped at the end."""
        name = f"campaign_test_{uuid4().hex[:12]}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, template)
        try:
            yield self.url.set(database=name)
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _run(self, statement: str, *names: str) -> None:
        with self.admin() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def throwaway_server(programs: Path) -> Iterator[Server]:
    """A server in a temporary folder on a free port, gone when the session is gone."""
    owner = Owner.here()
    folder = Path(tempfile.mkdtemp(prefix="campaign-pg-"))
    try:
        if owner.uid is not None and owner.gid is not None:
            os.chown(folder, owner.uid, owner.gid)
        _initialise(programs, folder, owner)
        with _started(programs, folder, owner) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(programs: Path, folder: Path, owner: Owner) -> None:
    options = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    process = owner.start([programs / "initdb", "-D", folder / "data", *options], folder)
    process.communicate()
    if process.returncode:
        raise ServerFailed((folder / "log").read_text())


@contextmanager
def _started(programs: Path, folder: Path, owner: Owner) -> Iterator[Server]:
    process, server = _start(programs, folder, owner)
    try:
        yield server
    finally:
        _stop(process)


def _start(programs: Path, folder: Path, owner: Owner) -> tuple[subprocess.Popen[bytes], Server]:
    said = ""
    for _ in range(START_TRIES):
        port = _free_port()
        process = owner.start(_supervised(programs, folder, port), folder)
        server = Server(URL.create(DRIVER, "postgres", None, "127.0.0.1", port, "postgres"))
        if _answers(server, process):
            return process, server
        # Someone else may have taken the port between our look and the start.
        said = (folder / "log").read_text()
        _stop(process)
    raise ServerFailed(f"no server answered after {START_TRIES} starts; it said:\n{said}")


def _supervised(programs: Path, folder: Path, port: int) -> list[str | Path]:
    options = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}"]
    flags: list[str | Path] = [part for option in (*options, *FAST) for part in ("-c", option)]
    server = [programs / "postgres", "-D", folder / "data", *flags]
    return ["sh", "-c", SUPERVISOR, "supervisor", folder, *server]


def _answers(server: Server, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            server.admin().close()
            return True
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    # The supervisor ends its server when its standard input ends.
    process.communicate()


@contextmanager
def external_server(url: str) -> Iterator[Server]:
    """A server that someone else keeps; only databases made here are dropped."""
    yield Server(make_url(url))
