"""A watch and a line for tests of dispatch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from campaign_app.delivery.dispatch import Line
from campaign_app.delivery.mailers import Mailer
from tests.delivery.lines import DOMAIN, FakeMailer, Watch, plain_mail


@pytest.fixture
def watch(now: datetime) -> Watch:
    return Watch(now)


@pytest.fixture
def mailer() -> FakeMailer:
    return FakeMailer()


@pytest.fixture
def line(session: Session, watch: Watch, mailer: FakeMailer) -> Line:
    """A line from the outbox to the fake mailer; the session is its application context."""
    return Line(
        mailer=mailer, composer=plain_mail, mail_domain=DOMAIN, owner="worker-1", clock=watch
    )


@pytest.fixture
def line_to(line: Line) -> Callable[[Mailer], Line]:
    return lambda mailer: replace(line, mailer=mailer)
