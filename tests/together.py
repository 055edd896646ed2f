"""Two things at one time: what one does while the other has not yet committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

from flask import Flask
from sqlalchemy.orm import Session

from campaign_app.database import db, transaction

LONG_ENOUGH = 0.4  # seconds, for the second to come as far as it can

Result = TypeVar("Result")


@contextmanager
def two_at_once(
    app: Flask, second: Callable[[Session], Result]
) -> Iterator[tuple[Session, list[Result]]]:
    """Begin ``second`` before this block's own transaction commits, and wait for its end.

    The list holds what ``second`` returned once the block is over; what it raised is raised.
    """
    came_of_it: list[Result] = []
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            yield session, came_of_it
            session.flush()
            running: Future[Result] = pool.submit(_in_its_own_context, app, second)
            wait([running], timeout=LONG_ENOUGH)
        came_of_it.append(running.result())
    db.session.rollback()


def _in_its_own_context(app: Flask, work: Callable[[Session], Result]) -> Result:
    with app.app_context(), transaction() as session:
        return work(session)
