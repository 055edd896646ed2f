"""Which engine works, and what a worker does that outlives its database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from campaign_app import tasks
from campaign_app.cli.running import render
from campaign_app.delivery.dispatch import Line, drain
from campaign_app.delivery.marks import DatabaseGone
from campaign_app.delivery.models import MessageState
from campaign_app.gateways.mailbox import MailboxMailer
from campaign_app.gateways.relays import Relays
from campaign_app.settings import Settings
from tests.delivery.lines import FakeMailer, fresh, queued


def test_the_engine_follows_the_database(settings: Settings) -> None:
    expected = "embedded" if settings.on_sqlite else "procrastinate"

    assert tasks.engine_for(settings) == expected


def test_a_line_has_two_relays_when_two_are_named(settings: Settings) -> None:
    named = replace(settings, smtp_url="smtp://localhost:2525")

    both = tasks.line(named, render, "smtp://127.0.0.1:2526").mailer

    assert isinstance(both, Relays)
    assert list(both._relays) == ["localhost:2525", "127.0.0.1:2526"]
    assert isinstance(tasks.line(settings, render).mailer, MailboxMailer)


def test_a_worker_that_outlives_its_database_writes_down_what_it_knows(
    session: Session, line: Line, mailer: FakeMailer, settings: Settings, now: datetime
) -> None:
    if settings.on_sqlite:
        pytest.skip("SQLite has no server that could go away.")
    messages = [queued(session, now) for _ in range(3)]

    def lose_the_database(_envelope: object) -> str:
        url = settings.database_url.replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND application_name <> 'pristine' AND state IN ('idle', 'active')"
                " AND query ILIKE '%message%'"
            )
        return "250 2.0.0"

    mailer.steps = [lambda _: "250 2.0.0", lose_the_database]
    with pytest.raises((DatabaseGone, DBAPIError)):
        drain(line)

    states = {message.public_id: fresh(session, message).state for message in messages}
    accepted = [name for name, state in states.items() if state is MessageState.ACCEPTED]
    assert sorted(mailer.subjects) == sorted(accepted)
    assert len(accepted) >= 2
