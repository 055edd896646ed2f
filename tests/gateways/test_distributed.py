"""Procrastinate runs drains and timed tasks; what died with its worker runs again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import timedelta

import procrastinate
import psycopg
import pytest

from campaign_app.gateways.distributed import SCHEMA, Work, cron, prepare, queue_app, retry_stalled
from tests.databases import address
from tests.postgres import Server

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres_server: Server) -> Iterator[str]:
    with postgres_server.database() as made:
        yield address(made)


def work(done: list[str]) -> Work:
    @contextlib.contextmanager
    def context() -> Iterator[None]:
        done.append("in")
        yield
        done.append("out")

    def drain() -> int:
        done.append("drain")
        return 0

    tasks = {"forget": (lambda: done.append("forget"), timedelta(hours=1))}
    return Work(context, drain, tasks, drains=2, drain_for=timedelta(milliseconds=100))


def worked(app: procrastinate.App, *names: str) -> None:
    """Run named jobs once, with a worker that stops when there is nothing more to do."""

    async def once() -> None:
        async with app.open_async():
            for name in names:
                await app.tasks[name].defer_async(timestamp=0)
            await app.run_worker_async(
                wait=False, install_signal_handlers=False, listen_notify=False
            )

    asyncio.run(once())


def jobs(url: str) -> list[tuple[str, str]]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = connection.execute(
            f"SELECT task_name, status::text FROM {SCHEMA}.procrastinate_jobs ORDER BY id"
        )
        return [(name, status) for name, status in found]


@pytest.mark.parametrize(
    ("interval", "line"),
    [
        (timedelta(seconds=10), "* * * * *"),
        (timedelta(minutes=1), "* * * * *"),
        (timedelta(minutes=10), "*/10 * * * *"),
        (timedelta(hours=1), "0 * * * *"),
        (timedelta(hours=6), "0 */6 * * *"),
    ],
)
def test_an_interval_becomes_a_line_of_cron(interval: timedelta, line: str) -> None:
    assert cron(interval) == line


def test_the_queue_s_tables_are_made_once_and_apart_from_ours(url: str) -> None:
    prepare(url)
    prepare(url)

    assert jobs(url) == []
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert found.fetchone() == (0,)


def test_a_worker_runs_tasks_in_their_context(url: str) -> None:
    prepare(url)
    done: list[str] = []

    worked(queue_app(url, work(done)), "forget")

    assert done.index("in") < done.index("forget") < len(done) - 1
    assert done.count("in") == done.count("out")
    assert ("forget", "succeeded") in jobs(url)


def test_a_drain_gives_its_place_up_when_its_time_is_over(url: str) -> None:
    prepare(url)
    done: list[str] = []

    worked(queue_app(url, work(done)), "drain-0")

    assert "drain" in done
    assert ("drain-0", "succeeded") in jobs(url)


def test_every_piece_of_work_waits_once_at_most(url: str) -> None:
    prepare(url)
    app = queue_app(url, work([]))

    async def twice() -> None:
        async with app.open_async():
            await app.tasks["forget"].defer_async(timestamp=0)
            with pytest.raises(procrastinate.exceptions.AlreadyEnqueued):
                await app.tasks["forget"].defer_async(timestamp=1)

    asyncio.run(twice())


def test_what_died_with_its_worker_runs_again(url: str) -> None:
    prepare(url)
    done: list[str] = []
    app = queue_app(url, work(done))

    async def die_and_recover() -> int:
        async with app.open_async():
            await app.tasks["forget"].defer_async(timestamp=0)
            worker = await app.job_manager.register_worker()
            assert await app.job_manager.fetch_job(queues=None, worker_id=worker)
            assert jobs(url) == [("forget", "doing")]
            await app.connector.execute_query_async(
                "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '5 minutes'"
            )
            return await retry_stalled(app)

    assert asyncio.run(die_and_recover()) == 1
    assert jobs(url) == [("forget", "todo")]
    worked(app)
    assert done.count("forget") == 1
