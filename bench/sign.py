"""Signing a petition against its ceilings (``make bench-sign``): G2, G3, G6, G7, sealing, pairs.

ROWS= fills the table first (G6 compares with 10,000); ONLY=postgresql or sqlite leaves one out;
SERVER=granian uses granian where it is installed. Only ratios within one run mean anything.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import flask_migrate
from sqlalchemy import text

from bench.load import ROUNDS, require_wrk
from bench.servers import ROOT, _wait, free_port, gunicorn
from bench.sign_bare import pgbench, sqlite_writer
from bench.sign_load import Ran, script, sign_run
from campaign_app import clock, create_app
from campaign_app.actions.sign_petition import petition_by_slug
from campaign_app.campaigns.models import Campaign, CampaignVersion, Kind, State
from campaign_app.database import db, transaction
from campaign_app.settings import Settings
from tests import postgres

PETITIONS = 50
READY = "/healthz"
FEW, MANY = 10_000, int(os.environ.get("ROWS", "0"))
# Unlike for tests, nothing may be lost here.
DURABLE = ("shared_buffers=512MB", "max_wal_size=4GB", "max_connections=300", "fsync=on")

FILL = """
INSERT INTO signature (public_id, subject_id, campaign_id, version_id, lang, first_name, last_name,
  email_domain, email_key, person_key, postcode_key, created_at, nation, pcon, alliance,
  network_key, state, slot, counted_on, confirmed_at, code_tries, email_version, show_name, mails,
  mail_due_at)
SELECT substr(md5('p' || n), 1, 22), substr(md5('s' || n), 1, 22), 1, 1, 'en', 'Ann', 'Example',
  'gmail.com', decode(md5('e' || n), 'hex'), decode(md5('q' || n), 'hex'),
  decode(md5('c' || n), 'hex'), now() - n * interval '1 second', 'England', 'E14001085',
  'E56000010', decode(md5('n' || n), 'hex'), 'confirmed', 0, current_date, now(), 0, 0, false, 1,
  now() - n * interval '1 second'
FROM generate_series(1, {rows}) AS n
"""


@dataclass
class Figures:
    """What each subject reached, by round."""

    runs: dict[str, list[Ran]] = field(default_factory=dict)

    def rate(self, name: str) -> float:
        """Return a subject's median rate."""
        return statistics.median(run.rate for run in self.runs[name])

    def median(self, name: str, which: str) -> float:
        """Return a subject's median latency."""
        return float(statistics.median(getattr(run, which) for run in self.runs[name]))


def main() -> None:
    """Measure, print, and exit 1 when a goal is missed."""
    require_wrk()
    only = os.environ.get("ONLY", "")
    verdicts = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if only != "sqlite":
            verdicts.append(on_postgresql(folder))
        if only != "postgresql":
            verdicts.append(on_sqlite(folder))
    sys.exit(0 if all(verdicts) else 1)


def on_postgresql(folder: Path) -> bool:
    """Measure everything on a durable PostgreSQL."""
    programs = postgres.find_programs()
    if programs is None:
        sys.exit("This benchmark needs PostgreSQL (Debian package postgresql).")
    postgres.FAST = DURABLE
    with postgres.throwaway_server(programs) as server, server.database() as at:
        url = at.render_as_string(hide_password=False)
        environ = environment(folder, url)
        with filled(environ):
            petition = petition_by_slug(db.session(), "petition-1")
            db.session.rollback()
            figures = postgres_rounds(folder, environ, lambda: pgbench(url, petition, folder))
            good = told("PostgreSQL", figures, 0.50) & told_more(figures)
            return good & growth(folder, environ) if MANY else good


def postgres_rounds(folder: Path, environ: Mapping[str, str], bare: Callable[[], float]) -> Figures:
    """Visit every subject in turn, in every round."""
    one, fifty = script(folder), script(folder, petitions=PETITIONS)
    both = script(folder, confirming=True)
    with ExitStack() as stack:
        at = {
            name: stack.enter_context(served(name, environ))
            for name in ("full", "without_database", "unsealed")
        }
        pairs = stack.enter_context(served("full", {**environ, "BENCH_PAIRS": "1"}))
        return rounds(
            {
                "validate": lambda: sign_run(at["without_database"], one),
                "bare": lambda: Ran(bare(), 0, 0, 0),
                "sign": lambda: sign_run(at["full"], one),
                "unsealed": lambda: sign_run(at["unsealed"], one),
                "fifty": lambda: sign_run(at["full"], fifty),
                "pairs": lambda: sign_run(pairs, both),
            }
        )


def on_sqlite(folder: Path) -> bool:
    """Measure the ratio to SQLite's own ceiling, and the wait of the unlucky."""
    url = f"sqlite:///{folder}/bench.db"
    environ = environment(folder, url)
    people = script(folder)
    with filled(environ), ExitStack() as stack:
        petition = petition_by_slug(db.session(), "petition-1")
        db.session.rollback()
        at = {
            name: stack.enter_context(served(name, environ))
            for name in ("full", "without_database")
        }
        figures = rounds(
            {
                "validate": lambda: sign_run(at["without_database"], people),
                "bare": lambda: Ran(sqlite_writer(url, petition), 0, 0, 0),
                "sign": lambda: sign_run(at["full"], people),
            }
        )
        good = told("SQLite FULL", figures, 0.40)
        return goal("p99 ms", figures.median("sign", "p99"), 500, at_most=True) and good


def rounds(subjects: Mapping[str, Callable[[], Ran]]) -> Figures:
    """Return the runs of each subject; all take turns, because a machine changes its speed."""
    figures = Figures({name: [] for name in subjects})
    for number in range(ROUNDS):
        for name, run in subjects.items():
            figures.runs[name].append(run())
        print(f"round {number + 1} of {ROUNDS} is done", file=sys.stderr)
    return figures


def growth(folder: Path, environ: Mapping[str, str]) -> bool:
    """Compare the rate at few rows, measured first, with that at many (G6)."""
    people = script(folder)
    rates = []
    for rows in (FEW, MANY):
        with transaction() as session:
            session.execute(text("TRUNCATE signature CASCADE"))
            session.execute(text(FILL.format(rows=rows)))
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        with served("full", environ) as at:
            rates.append(statistics.median(sign_run(at, people).rate for _ in range(ROUNDS)))
    print(f"at {FEW:,} rows {rates[0]:,.0f}/s, at {MANY:,} rows {rates[1]:,.0f}/s")
    return goal(f"G6: {MANY:,} rows of {FEW:,}", rates[1] / rates[0], 0.90)


def told(where: str, figures: Figures, least: float) -> bool:
    """Print the ratio to the composite ceiling of the same work (G2)."""
    validate, bare, sign = (figures.rate(name) for name in ("validate", "bare", "sign"))
    ceiling = 1 / (1 / validate + 1 / bare)
    print(
        f"\n{where}: view without database {validate:,.0f}/s, bare database {bare:,.0f}/s, "
        f"ceiling {ceiling:,.0f}/s"
    )
    print(
        f"sign {sign:,.0f}/s, p50 {figures.median('sign', 'p50'):.0f} ms, "
        f"p99 {figures.median('sign', 'p99'):.0f} ms"
    )
    return goal("G2: sign of its ceiling", sign / ceiling, least)


def told_more(figures: Figures) -> bool:
    """Print what is only measured on PostgreSQL."""
    sign = figures.rate("sign")
    spread = figures.median("sign", "p99") / figures.median("sign", "p50")
    pairs = figures.rate("pairs") / 2
    wanted = 1300 if SERVER == "granian" else 900
    return all(
        [
            goal("G3: p99 of p50", spread, 5.0, at_most=True),
            goal("sealed of unsealed", sign / figures.rate("unsealed"), 0.95),
            goal("G7: one petition of fifty", sign / figures.rate("fifty"), 0.70),
            goal(f"sign and confirm, people a second on {SERVER}", pairs, wanted),
        ]
    )


def goal(what: str, figure: float, wanted: float, *, at_most: bool = False) -> bool:
    """Print a figure against its goal; return whether it was reached."""
    reached = figure <= wanted if at_most else figure >= wanted
    print(f"{what:50} {figure:8.2f} (goal {wanted:g}: {'reached' if reached else 'MISSED'})")
    return reached


SERVER = os.environ.get("SERVER", "gunicorn")


@contextmanager
def served(name: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Serve one of the apps of ``sign_app`` with two processes of eight threads."""
    if SERVER == "granian":
        with granian(f"bench.sign_app:{name}", environ) as at:
            yield at
        return
    with gunicorn(f"bench.sign_app:{name}()", environ, READY) as at:
        yield at


@contextmanager
def granian(factory: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Serve an app with granian, as gunicorn is served."""
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", factory,
            "--host", "127.0.0.1", "--port", str(port), "--workers", "2",
            "--blocking-threads", "8", "--log-level", "error",
        ],
        cwd=ROOT,
        env={**os.environ, **environ},
    )  # fmt: skip
    try:
        _wait(f"http://127.0.0.1:{port}{READY}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def environment(folder: Path, url: str) -> dict[str, str]:
    """Return settings as in production, but for the names."""
    return {
        "CAMPAIGN_MODE": "test",
        "CAMPAIGN_SECRET_KEY": "a key for benchmarks that protects nothing",
        "CAMPAIGN_DATABASE_URL": url,
        "CAMPAIGN_UPLOADS": f"{folder}/uploads",
        "CAMPAIGN_BASE_URL": "http://127.0.0.1",
        "CAMPAIGN_MAIL_DOMAIN": "bench.invalid",
        "CAMPAIGN_TRUSTED_PROXIES": "127.0.0.0/8",
    }


@contextmanager
def filled(environ: Mapping[str, str]) -> Iterator[None]:
    """Make tables and petitions, and stay in an app for as long as it is measured."""
    with create_app(Settings.from_env(environ)).app_context():
        flask_migrate.upgrade()
        with transaction() as session:
            for number in range(1, PETITIONS + 1):
                session.add(_petition(number))
                session.flush()
            for campaign in session.query(Campaign):
                campaign.published = CampaignVersion(
                    campaign_id=campaign.id, number=1, settings={}, created_at=clock.now()
                )
        yield
        db.session.remove()
        db.engine.dispose()


def _petition(number: int) -> Campaign:
    return Campaign(
        slug=f"petition-{number}",
        kind=Kind.PETITION,
        state=State.OPEN,
        reference=f"P{number}",
        created_at=clock.now(),
    )


if __name__ == "__main__":
    main()
