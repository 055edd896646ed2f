"""Fixtures for tests of doors; a conftest that needs them imports them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.campaigns.models import Campaign
from campaign_app.letters.models import Letter
from tests.doors.content import put_content
from tests.doors.person import Someone


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    """The letter campaign, open, with a few seats and postcodes around it."""
    return put_content(session, now)


@pytest.fixture
def someone(client: FlaskClient, campaign: Campaign) -> Someone:
    """A visitor who can read forms, while the campaign is open."""
    return Someone(client)


@pytest.fixture
def letter(someone: Someone, session: Session) -> Letter:
    """A letter that was sent from the form and waits for its confirmation."""
    someone.sends_letter()
    return session.scalars(select(Letter)).one()


@pytest.fixture
def log_as_it_was() -> Iterator[None]:
    """Outside of tests an app writes its log to standard error; afterwards it is ours again."""
    log = logging.getLogger("campaign_app")
    before = (list(log.handlers), log.propagate, log.level)
    yield
    log.handlers[:], log.propagate = before[0], before[1]
    log.setLevel(before[2])
