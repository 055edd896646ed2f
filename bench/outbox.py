"""How fast the outbox drains, as ratios of what postfix's own smtp-source reaches (G11).

    make bench-outbox            # ROWS=1000,100000 MESSAGES=4000 ROUNDS=3

Everything is on this machine: smtp-sink takes the mail, SQLite and PostgreSQL wait for the
disk as in production. Service mail is 1.5 kB of plain text built from a recipe; letters leave
one by one; DKIM is stated apart.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from bench.load import _wait_for_idle
from bench.servers import free_port
from campaign_app import clock, create_app
from campaign_app.database import db, transaction
from campaign_app.delivery.claiming import claim
from campaign_app.delivery.compose import compose
from campaign_app.delivery.dispatch import Line, drain
from campaign_app.delivery.mail import AUTO_GENERATED, Mail, Person
from campaign_app.delivery.models import Message, MessageState, Stream
from campaign_app.gateways.smtp import SmtpMailer
from campaign_app.settings import Settings
from tests.chaos.processes import Postgres

MESSAGES = int(os.environ.get("MESSAGES", "4000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
ROWS = tuple(int(part) for part in os.environ.get("ROWS", "1000,100000,1000000").split(","))
DOMAIN = "campaigns.example.org"
LINES = 20
WORDS = "Thank you for writing to your MP about fair care for everyone.\n"
WORKER = "bench.outbox"


def mail_of(_session: Session | None, message: Message, now: datetime) -> Mail:
    """A service mail of 1.5 kB with a code and a link of its own."""
    return Mail(
        from_name="Breast Cancer Now",
        from_local="campaigns",
        to=Person("Siân Example", "sian@example.org"),
        subject="Please confirm your letter to Alex Example",
        text=f"Dear Siân,\n\n    {message.id:06d}\n\n"
        f"https://{DOMAIN}/confirm/{message.public_id}\n\n" + WORDS * LINES,
        mail_id=message.mail_id,
        date=now,
        extra=AUTO_GENERATED,
    )


def main() -> None:
    """Measure, and print one table."""
    if len(sys.argv) > 1:
        work(sys.argv[1])
        return
    for program in ("smtp-sink", "smtp-source"):
        if _program(program) is None:
            sys.exit(f"This benchmark needs {program} (Debian package postfix).")
    with tempfile.TemporaryDirectory(prefix="bench-outbox-") as name, sink() as port:
        folder = Path(name)
        folder.chmod(0o755)
        print(f"{MESSAGES} messages, medians of {ROUNDS} rounds; messages a second, and ratios")
        source = median(lambda: smtp_source(port))
        row("smtp-source, one session", source, source)
        row("naive: EmailMessage, a connection each", median(lambda: naive(port)), source)
        compose_alone()
        for kind in ("sqlite", "postgresql"):
            on_database(kind, folder, port, source)


def on_database(kind: str, folder: Path, port: int, source: float) -> None:
    """Measure one database."""
    with contextlib.ExitStack() as stack:
        if kind == "sqlite":
            url = f"sqlite:///{folder / 'bench.db'}"
        else:
            server = Postgres.made_in(folder / "postgres", free_port())
            stack.callback(server.stop, "fast")
            url = server.url
        app = started(url, folder)
        with app.app_context():
            flask_migrate.upgrade()
            one = median(lambda: drained(Stream.SERVICE, port))
            row(f"{kind}: service mail, one worker", one, source)
            letters = median(lambda: drained(Stream.LETTERS, port, MESSAGES // 4))
            row(f"{kind}: letters, one worker", letters, source)
            signer = dkim_signer()
            if signer:
                signed = median(lambda: drained(Stream.SERVICE, port, MESSAGES // 4, sign=signer))
                row(f"{kind}: service mail with DKIM", signed, source)
            if kind == "postgresql":
                two = median(lambda: two_workers(url, folder, port))
                row(f"{kind}: service mail, two workers", two, one, "of one worker")
            flatness(kind)
            db.session.remove()
            db.engine.dispose()


def flatness(kind: str) -> None:
    """Print what a claim costs by the length of the queue."""
    costs = []
    for rows in ROWS:
        empty()
        fill(rows, Stream.SERVICE)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if kind == "postgresql":
                connection.exec_driver_sql("ANALYZE message")
        costs.append(median(_claim_cost))
        print(f"{kind}: {rows:>9} queued: {costs[-1] * 1e6:7.0f} us a message claimed")
    print(f"{kind}: the longest queue costs {costs[-1] / costs[0]:.2f} of the shortest")
    empty()


def _claim_cost() -> float:
    _wait_for_idle()
    began = time.perf_counter()
    for number in range(20):
        with transaction() as session:
            assert len(claim(session, owner=f"bench-{number}", now=clock.now(), limit=20)) == 20
    return (time.perf_counter() - began) / 400


def drained(
    stream: Stream,
    port: int,
    messages: int = MESSAGES,
    sign: Callable[[bytes], bytes] | None = None,
) -> float:
    """Drain a full queue with one worker; return messages a second."""
    empty()
    fill(messages, stream)
    _wait_for_idle()
    mine = replace(line(port), sign=sign)
    began = time.perf_counter()
    while drain(mine):
        pass
    seconds = time.perf_counter() - began
    mine.mailer.close()
    left = db.session.scalar(text("SELECT count(*) FROM message WHERE state <> 'accepted'"))
    assert left == 0, f"{left} messages did not leave"
    return messages / seconds


def line(port: int) -> Line:
    """A worker's line to the sink."""
    return Line(
        mailer=SmtpMailer(f"smtp://127.0.0.1:{port}", local_hostname=DOMAIN),
        composer=mail_of,
        mail_domain=DOMAIN,
        owner=f"{os.getpid()}-{secrets.token_hex(4)}",
        clock=clock.now,
    )


def two_workers(url: str, folder: Path, port: int) -> float:
    """Drain with two processes, which begin together; return messages a second."""
    empty()
    fill(MESSAGES * 2, Stream.SERVICE)
    _wait_for_idle()
    environ = os.environ | {"BENCH_URL": url, "BENCH_FOLDER": str(folder)}
    command = [sys.executable, "-m", WORKER, str(port)]
    workers = [
        subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    began = time.perf_counter()
    for worker in workers:
        worker.communicate(b"go\n")
    return 2 * MESSAGES / (time.perf_counter() - began)


def work(port: str) -> None:
    """Be one of several workers: say that we are ready, wait for the word, drain."""
    app = started(os.environ["BENCH_URL"], Path(os.environ["BENCH_FOLDER"]))
    with app.app_context():
        mine = line(int(port))
        mine.mailer.open()
        db.session.execute(text("SELECT 1"))
        db.session.rollback()
        print("ready", flush=True)
        sys.stdin.readline()
        while drain(mine):
            pass
        mine.mailer.close()


def started(url: str, folder: Path) -> Flask:
    """The app on a database."""
    return create_app(
        Settings.from_env(
            {
                "CAMPAIGN_MODE": "test",
                "CAMPAIGN_SECRET_KEY": "a key for benchmarks that protects nothing",
                "CAMPAIGN_DATABASE_URL": url,
                "CAMPAIGN_UPLOADS": str(folder / "uploads"),
            }
        )
    )


def fill(messages: int, stream: Stream) -> None:
    """Queue so many messages, due a moment ago."""
    now = clock.now() - timedelta(minutes=1)
    left = messages
    while left:
        some = min(left, 10_000)
        left -= some
        ids = [secrets.token_urlsafe(16) for _ in range(some)]
        rows = [
            {
                "public_id": public_id,
                "kind": "bench",
                "stream": stream,
                "state": MessageState.DUE,
                "recipe": {},
                "mail_id": f"{public_id}@{DOMAIN}",
                "created_at": now,
                "due_at": now,
                "attempts": 0,
            }
            for public_id in ids
        ]
        with transaction() as session:
            session.execute(insert(Message), rows)


def empty() -> None:
    """Take everything out of the outbox."""
    with transaction() as session:
        session.execute(text("INSERT INTO retention_gate (id) VALUES (1)"))
        session.execute(text("DELETE FROM message_event"))
        session.execute(text("DELETE FROM message"))
        session.execute(text("DELETE FROM retention_gate"))
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE message")
            connection.exec_driver_sql("VACUUM ANALYZE message_event")


def smtp_source(port: int) -> float:
    """What postfix's own client reaches with one session."""
    _wait_for_idle()
    program = _program("smtp-source")
    assert program is not None
    began = time.perf_counter()
    subprocess.run(
        [program, "-s", "1", "-m", str(MESSAGES), "-l", "1500",
         "-f", f"a@{DOMAIN}", "-t", "b@example.org", f"127.0.0.1:{port}"],
        check=True,
    )  # fmt: skip
    return MESSAGES / (time.perf_counter() - began)


def naive(port: int) -> float:
    """The usual way: the standard library's message, and a connection for each."""
    messages = MESSAGES // 8
    _wait_for_idle()
    began = time.perf_counter()
    for number in range(messages):
        mail = EmailMessage(policy=SMTP)
        mail["From"] = f"Breast Cancer Now <campaigns@{DOMAIN}>"
        mail["To"] = "Siân Example <sian@example.org>"
        mail["Subject"] = "Please confirm your letter to Alex Example"
        mail["Message-ID"] = f"<{number}@{DOMAIN}>"
        mail.set_content(f"Dear Siân,\n\n    {number:06d}\n\n" + WORDS * LINES)
        with smtplib.SMTP("127.0.0.1", port, DOMAIN) as smtp:
            smtp.send_message(mail)
    return messages / (time.perf_counter() - began)


def compose_alone() -> None:
    """Print what building the bytes costs, and the same by the standard library."""
    message = Message(id=123456, public_id="x" * 22, mail_id=f"{'x' * 22}@{DOMAIN}")
    mail = mail_of(None, message, clock.now())
    ours = median(lambda: 1 / _seconds(lambda: compose(mail, mail_domain=DOMAIN), 2000))
    print(f"compose: {1e6 / ours:.0f} us a message", end="")

    def standard() -> None:
        made = EmailMessage(policy=SMTP)
        made["From"] = f"Breast Cancer Now <campaigns@{DOMAIN}>"
        made["To"] = "Siân Example <sian@example.org>"
        made["Subject"] = mail.subject
        made["Message-ID"] = f"<{mail.mail_id}>"
        made["Date"] = mail.date
        for name, value in mail.extra:
            made[name] = value
        made.set_content(mail.text)
        made.as_bytes()

    theirs = median(lambda: 1 / _seconds(standard, 300))
    print(f"; email.message.EmailMessage {1e6 / theirs:.0f} us; ours is {theirs / ours:.3f} of it")


def dkim_signer() -> Callable[[bytes], bytes] | None:
    """A signer with a fresh key, where the extra is installed."""
    try:
        from campaign_app.gateways.dkim_signing import (  # noqa: PLC0415 - an extra.
            fresh_key,
            signer,
        )
    except ImportError:
        print("DKIM: not installed, so not measured")
        return None
    return signer(fresh_key(), selector="bench", domain=DOMAIN)


def _seconds(once: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        once()
    return (time.perf_counter() - began) / times


def median(measure: Callable[[], float]) -> float:
    """The median of so many rounds."""
    return statistics.median(measure() for _ in range(ROUNDS))


def row(name: str, rate: float, base: float, of: str = "of smtp-source") -> None:
    """Print one line of the table."""
    print(f"{name:45} {rate:8.0f}/s   {rate / base:5.2f} {of}", flush=True)


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """Postfix's smtp-sink, which takes every mail and keeps none."""
    port = free_port()
    program = _program("smtp-sink")
    assert program is not None
    # It refuses to run as root, and a backlog of 100 is plenty for a few sessions.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, *user, f"127.0.0.1:{port}", "100"])
    try:
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            with contextlib.suppress(OSError), smtplib.SMTP("127.0.0.1", port):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    main()
