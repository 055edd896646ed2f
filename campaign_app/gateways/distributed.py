"""The distributed engine: Procrastinate on PostgreSQL (the extra ``queue``).

Any number of workers on any number of machines share the drains and the timed tasks. There is
no job per message: the outbox is the truth, and a job only says "look into it". A job that
died with its worker is found by its missing heartbeat and run again.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued
from psycopg import sql

log = logging.getLogger(__name__)

SCHEMA: Final = "campaign_queue"  #: apart from our own tables, whose migrations know them all
#: A drain gives its place up after this time, so that a new release or a pause is noticed.
DRAIN_FOR: Final = timedelta(seconds=55)
IDLE: Final = timedelta(milliseconds=500)
STALLED_AFTER: Final = 60.0  #: seconds without a heartbeat
_EVERY_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Work:
    """What workers do: ``drain`` returns how many messages it took, tasks have intervals.

    ``context`` is entered around every piece of work. So many ``drains`` run at once, over
    all machines.
    """

    context: Callable[[], AbstractContextManager[Any]]
    drain: Callable[[], int]
    tasks: Mapping[str, tuple[Callable[[], None], timedelta]]
    drains: int = 2
    drain_for: timedelta = DRAIN_FOR


def queue_app(database_url: str, work: Work) -> procrastinate.App:
    """Return the queue on a PostgreSQL database, with its jobs, not yet opened."""
    connector = procrastinate.PsycopgConnector(
        conninfo=_conninfo(database_url), kwargs={"options": f"-c search_path={SCHEMA}"}
    )
    app = procrastinate.App(connector=connector)
    for number in range(work.drains):
        _add_drain(app, work, number)
    for name, (task, interval) in work.tasks.items():
        _add_task(app, work, name, task, interval)
    _add_rescue(app)
    return app


def run(database_url: str, work: Work, *, at_once: int = 4) -> None:
    """Work until a signal says stop; several processes and machines may do so."""
    prepare(database_url)
    app = queue_app(database_url, work)
    app.run_worker(concurrency=at_once, fetch_job_polling_interval=1.0, delete_jobs="successful")


def prepare(database_url: str) -> None:
    """Make the queue's own tables unless they are there; workers may start at one moment."""
    named = sql.Identifier(SCHEMA)
    with psycopg.connect(_conninfo(database_url)) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (SCHEMA,))
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(named))
        asked = (f"{SCHEMA}.procrastinate_jobs",)
        there = connection.execute("SELECT to_regclass(%s)", asked).fetchone()
        if there is None or there[0] is None:
            connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(named))
            connection.execute(procrastinate.schema.SchemaManager.get_schema().encode())


def _add_drain(app: procrastinate.App, work: Work, number: int) -> None:
    name = f"drain-{number}"

    @app.periodic(cron="* * * * *", periodic_id=name)
    @app.task(name=name, queueing_lock=name, lock=name)
    def drain(timestamp: int) -> None:  # noqa: ARG001 - periodic jobs are told their time.
        give_up = time.monotonic() + work.drain_for.total_seconds()
        with work.context():
            while time.monotonic() < give_up:
                if not work.drain():
                    time.sleep(IDLE.total_seconds())


def _add_task(
    app: procrastinate.App,
    work: Work,
    name: str,
    task: Callable[[], None],
    interval: timedelta,
) -> None:
    @app.periodic(cron=cron(interval), periodic_id=name)
    @app.task(name=name, queueing_lock=name, lock=name)
    def run_task(timestamp: int) -> None:  # noqa: ARG001 - periodic jobs are told their time.
        with work.context():
            task()


def _add_rescue(app: procrastinate.App) -> None:
    @app.periodic(cron="* * * * *", periodic_id="rescue")
    @app.task(name="rescue", queueing_lock="rescue", pass_context=True)
    async def rescue(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001
        await retry_stalled(context.app)


async def retry_stalled(app: procrastinate.App, after: float = STALLED_AFTER) -> int:
    """Run again what died with its worker, and return how much; nothing does so by itself."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=after))
    for job in stalled:
        log.warning("job %s died with its worker and runs again", job.task_name)
        with contextlib.suppress(AlreadyEnqueued):
            await app.job_manager.retry_job(job)
    return len(stalled)


def cron(interval: timedelta) -> str:
    """Return how often, as cron says it: whole minutes of an hour, or whole hours."""
    minutes = max(interval // _EVERY_MINUTE, 1)
    if minutes < 60:  # noqa: PLR2004 - minutes of an hour.
        return f"*/{minutes} * * * *" if minutes > 1 else "* * * * *"
    hours = minutes // 60
    return f"0 */{hours} * * *" if hours > 1 else "0 * * * *"


def _conninfo(database_url: str) -> str:
    return database_url.replace("postgresql+psycopg://", "postgresql://", 1)
