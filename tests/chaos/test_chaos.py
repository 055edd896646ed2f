"""Acts through web, worker, database and mail server while web and workers are killed."""

from __future__ import annotations

import faulthandler
import os
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from sqlalchemy import bindparam, create_engine, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from campaign_app import clock
from campaign_app.campaigns.opening import open_shipped
from campaign_app.campaigns.shipped import shipped_campaigns
from campaign_app.database import UTCDateTime, db, engine_options, prepare_engine, transaction
from campaign_app.demo.content import WITH_TARGETS
from campaign_app.places.areas import areas_of, load_areas
from campaign_app.settings import Settings
from campaign_app.targets.shipped import load_demo_targets
from tests.browser.servers import free_port
from tests.chaos.processes import Kept, Postgres, wait_for_web, web, worker
from tests.chaos.supporters import Crowd
from tests.databases import running
from tests.postgres import find_programs
from tests.required import skip_without
from tests.smtp_servers import EXTENSIONS, SmtpServer, smtp_server

ACTS = int(os.environ.get("ACTS", "2000"))
SEED = int(os.environ.get("CHAOS_SEED", "20261120"))
KILLS_IN_SENDS = 24 if ACTS >= 500 else max(2, ACTS // 25)
WINDOW = 2  # messages that one death of a worker may leave in doubt
LAST_SECONDS = 300.0  # for what is left when the last act is done
STAGES = ("MAIL", "RCPT", "DATA", "BODYLINE", "BODY", "BODY", "BODY")
UNFINISHED = ("held", "waiting", "due", "sending", "bounced")


@dataclass
class Post:
    """One worker and the mail server that it talks to."""

    number: int
    arrived: list[tuple[str, datetime]] = field(default_factory=list)
    armed: str | None = None
    killed_in_sends: int = 0
    server: SmtpServer | None = None
    worker: Kept | None = None

    def at(self, verb: str, _argument: str) -> str | None:
        """Note what arrives, and kill the worker where that was asked for."""
        assert self.server is not None
        assert self.worker is not None
        if verb == "BODY":
            mail_id = self.server.received[-1].parsed["Message-ID"]
            self.arrived.append((mail_id.strip("<>"), clock.now()))
        if verb == self.armed:
            self.armed = None
            self.killed_in_sends += 1
            self.worker.kill()
        return None


@dataclass
class House:
    """Everything that runs, and everything that was seen."""

    engine: Engine
    web: Kept
    posts: list[Post]
    crowd: Crowd
    postgres: Postgres | None
    left_by_deaths: list[int] = field(default_factory=list)
    restarts: list[str] = field(default_factory=list)
    web_kills: int = 0

    def look_at_what_is_left(self, pid: int) -> None:
        """Count what a dead worker sent without writing it down."""
        arrived = [pair for post in self.posts for pair in list(post.arrived)]
        for _ in range(50):
            try:
                with self.engine.connect() as connection:
                    rows = connection.execute(LEFT_BY, {"owner": f"{pid}-%"}).all()
                break
            except DBAPIError:
                time.sleep(0.2)
        else:
            return
        claimed = {mail_id: _moment(started) for mail_id, started in rows}
        unmarked = {mail for mail, at in arrived if mail in claimed and at >= claimed[mail]}
        self.left_by_deaths.append(len(unmarked))


LEFT_BY = text(
    "SELECT mail_id, data_started_at FROM message"
    " WHERE state = 'sending' AND lease_owner LIKE :owner"
)


def _moment(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.now().tzinfo)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_nothing_acknowledged_is_lost_whatever_is_killed(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Five minutes are enough for any other test; this one has its own patience.
    faulthandler.cancel_dump_traceback_later()
    with furnished(kind, tmp_path) as house:
        began = time.monotonic()
        house.crowd.begin()
        harass(house, random.Random(SEED))
        sent_within = time.monotonic() - began
        settle(house)
        told = figures(house, sent_within, time.monotonic() - began)
        with capsys.disabled():
            # The figures are what this test is run for.
            print(f"\n{kind}: " + ", ".join(f"{name} {value}" for name, value in told.items()))  # noqa: T201
        check(house)


@contextmanager
def furnished(kind: str, folder: Path) -> Iterator[House]:
    """Database, mail servers, web and workers, all running."""
    with ExitStack() as stack:
        postgres = _postgres(stack) if kind == "postgresql" else None
        url = postgres.url if postgres else f"sqlite:///{folder / 'chaos.db'}"
        base = f"http://127.0.0.1:{free_port()}"
        environ = _environ(url, base, folder)
        _fill(environ, kind)
        engine = create_engine(url, **engine_options(url))
        prepare_engine(engine)
        stack.callback(engine.dispose)
        posts = [Post(number) for number in range(2 if postgres else 1)]
        house = House(engine, web(base, environ, folder), posts, Crowd(base, ACTS), postgres)
        for post in posts:
            _man(post, house, environ, folder, stack)
        stack.callback(house.web.end)
        house.web.start()
        wait_for_web(base)
        yield house


def _postgres(stack: ExitStack) -> Postgres:
    if find_programs() is None:
        skip_without("PostgreSQL", "install it (Debian: postgresql)")
    # Not in pytest's own folder, which nobody but its owner may enter.
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="campaign-chaos-")))
    folder.chmod(0o755)
    server = Postgres.made_in(folder / "postgres", free_port())
    stack.callback(server.stop, "immediate")
    return server


def _environ(url: str, base: str, folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAMPAIGN_")}
    return kept | {
        "CAMPAIGN_MODE": "demo",
        "CAMPAIGN_DATABASE_URL": url,
        "CAMPAIGN_BASE_URL": base,
        "CAMPAIGN_UPLOADS": str(folder / "uploads"),
        "CAMPAIGN_LIMITS": "off",
        "CAMPAIGN_LETTER_WAIT_MINUTES": "0",
    }


def _fill(environ: dict[str, str], kind: str) -> None:
    with running(Settings.from_env(environ)) as app, app.app_context():
        flask_migrate.upgrade()
        now = clock.now()
        with transaction() as session:
            load_areas(session, now)
            areas = areas_of(session, *WITH_TARGETS)
            load_demo_targets(session, areas, clock.london_date(now))
            for shipped in shipped_campaigns():
                open_shipped(session, shipped, now)
            # Doubt is retried on one database and put before staff on the other.
            session.execute(
                text("UPDATE campaign SET confirm_policy = 'off', retry_in_doubt = :retry"),
                {"retry": kind == "sqlite"},
            )
        db.session.remove()


def _man(post: Post, house: House, environ: dict[str, str], folder: Path, stack: ExitStack) -> None:
    extensions = (*EXTENSIONS, "PIPELINING")
    post.server = stack.enter_context(smtp_server(post.at, extensions=extensions))
    post.worker = worker(post.number, environ | {"CAMPAIGN_SMTP_URL": post.server.url}, folder)
    post.worker.died = house.look_at_what_is_left
    stack.callback(post.worker.end)
    post.worker.start()


def harass(house: House, chance: random.Random) -> None:
    """Kill this and that until every act is done, at least so many in the middle of sends."""
    restarts = [ACTS // 3, 2 * ACTS // 3] if house.postgres else []
    while house.crowd.busy or restarts:
        time.sleep(chance.uniform(0.1, 0.6))
        done = len(house.crowd.acknowledged)
        if house.postgres and restarts and done >= restarts[0]:
            restarts.pop(0)
            _restart(house, "immediate" if restarts else "fast", chance)
        if not house.crowd.busy:
            break
        _kill_in_a_send(house, chance, done)
        _kill_something(house, chance)


def _restart(house: House, mode: str, chance: random.Random) -> None:
    assert house.postgres is not None
    house.postgres.stop(mode)
    time.sleep(chance.uniform(0.2, 1.5))
    house.postgres.start()
    house.restarts.append(mode)


def _kill_in_a_send(house: House, chance: random.Random, done: int) -> None:
    killed = sum(post.killed_in_sends for post in house.posts)
    armed = any(post.armed for post in house.posts)
    if not armed and killed < KILLS_IN_SENDS * (done + ACTS // 20) / ACTS:
        chance.choice(house.posts).armed = chance.choice(STAGES)


def _kill_something(house: House, chance: random.Random) -> None:
    what = chance.random()
    if what < 0.10:
        house.web.kill_a_child(chance.randrange(8))
        house.web_kills += 1
    elif what < 0.13:
        house.web.kill()
        house.web_kills += 1
    elif what < 0.18:
        worker = chance.choice(house.posts).worker
        assert worker is not None
        worker.kill()


def settle(house: House) -> None:
    """Wait until nothing is on its way; nobody here waits for the table of retries."""
    deadline = time.monotonic() + LAST_SECONDS
    while time.monotonic() < deadline:
        with house.engine.connect() as connection:
            left = connection.execute(STILL_ON_THE_WAY).scalar_one()
        if not left:
            return
        with house.engine.connect().execution_options(campaign_writes=True) as connection:
            connection.execute(HURRY, {"now": clock.now()})
            connection.commit()
        time.sleep(1)


STILL_ON_THE_WAY = text(
    "SELECT count(*) FROM message WHERE state IN ('held', 'waiting', 'due', 'sending', 'bounced')"
)
HURRY = text("UPDATE message SET due_at = :now WHERE state = 'due' AND due_at > :now").bindparams(
    bindparam("now", type_=UTCDateTime())
)
ACTS_BY_NAME = text(
    "SELECT first_name, count(*) FROM letter WHERE last_name = 'Chaos' GROUP BY first_name"
)
MAILS = text(
    "SELECT m.mail_id, m.kind, m.state, m.last_reply, l.first_name FROM message m "
    "JOIN letter l ON l.id = m.letter_id"
)
DOUBTED = text(
    "SELECT m.mail_id, count(*) FROM message_event e JOIN message m ON m.id = e.message_id "
    "WHERE e.reason LIKE 'in doubt%' GROUP BY m.mail_id"
)


def pairs(found: Iterable[Any]) -> dict[str, int]:
    """Names and how often each was counted."""
    return {name: count for name, count in found}  # noqa: C416 - rows are no pairs to dict().


def arrivals(house: House) -> Counter[str]:
    """How often each mail arrived."""
    return Counter(mail_id for post in house.posts for mail_id, _ in post.arrived)


def figures(house: House, sent_within: float, seconds: float) -> dict[str, object]:
    """What happened, in numbers."""
    with house.engine.connect() as connection:
        doubted = pairs(connection.execute(DOUBTED))
        states = Counter(state for _, _, state, _, _ in connection.execute(MAILS))
    seen = arrivals(house)
    deaths = sum(post.worker.deaths for post in house.posts if post.worker)
    return {
        "acts acknowledged": len(house.crowd.acknowledged),
        "tries": house.crowd.tries,
        "web kills": house.web_kills,
        "worker deaths": deaths,
        "killed in sends": sum(post.killed_in_sends for post in house.posts),
        "PostgreSQL restarts": house.restarts,
        "mails arrived": sum(seen.values()),
        "doubled": sum(count - 1 for count in seen.values()),
        "in doubt": sum(doubted.values()),
        "sent but unmarked per death (most)": max(house.left_by_deaths, default=0),
        "states": dict(states),
        "acts took": f"{sent_within:.0f} s",
        "all took": f"{seconds:.0f} s",
    }


def check(house: House) -> None:
    """Nothing is lost, nothing is sent twice without doubt, and doubt is bounded."""
    with house.engine.connect() as connection:
        acts = pairs(connection.execute(ACTS_BY_NAME))
        mails = connection.execute(MAILS).all()
        doubted = {mail_id for mail_id, _ in connection.execute(DOUBTED)}
    seen = arrivals(house)
    assert house.crowd.gave_up == []
    assert len(house.crowd.acknowledged) == ACTS
    assert {name: acts.get(name) for name in house.crowd.acknowledged if acts.get(name) != 1} == {}
    letters = [mail for mail in mails if mail[1] == "letter"]
    assert len(letters) == len(acts)
    assert [mail for mail in mails if mail[2] in UNFINISHED] == []
    failed = [mail for mail in mails if mail[2] == "failed"]
    assert {mail[0] for mail in failed} <= doubted
    assert {mail[2] for mail in mails} <= {"accepted", "failed"}
    assert [mail[0] for mail in mails if mail[2] == "accepted" and not seen[mail[0]]] == []
    assert {mail_id for mail_id, count in seen.items() if count > 1} <= doubted
    assert max(house.left_by_deaths, default=0) <= WINDOW
    assert (
        sum(post.killed_in_sends for post in house.posts) >= min(20, KILLS_IN_SENDS) or ACTS < 500
    )
    assert not house.postgres or len(house.restarts) == 2
    assert threading.active_count() < 200
