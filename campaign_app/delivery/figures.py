"""Figures of the outbox in the text format of Prometheus; nothing in them is personal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.delivery.leaving import is_waiting
from campaign_app.delivery.models import (
    InboundReceipt,
    Message,
    RelayHealth,
    Stream,
)
from campaign_app.delivery.returns import News

RECENT: Final = timedelta(hours=24)
#: Targets with the longest queues; more would make the figures themselves a burden.
TARGETS: Final = 50


def figures(session: Session, now: datetime) -> str:
    """Return every figure, one a line, each with its help and type; reads only."""
    return "\n".join(_lines(session, now)) + "\n"


def _lines(session: Session, now: datetime) -> Iterator[str]:
    yield from _states(session)
    yield from _ages(session, now)
    yield from _targets(session)
    yield from _rates(session, now)
    yield from _relays(session, now)


def _gauge(name: str, words: str) -> Iterator[str]:
    yield f"# HELP campaign_{name} {words}"
    yield f"# TYPE campaign_{name} gauge"


def _states(session: Session) -> Iterator[str]:
    yield from _gauge("messages", "Messages by stream and state.")
    rows = session.execute(
        select(Message.stream, Message.state, func.count()).group_by(Message.stream, Message.state)
    )
    for stream, state, count in sorted(rows):
        yield f'campaign_messages{{stream="{stream}",state="{state}"}} {count}'


def _ages(session: Session, now: datetime) -> Iterator[str]:
    yield from _gauge("oldest_due_seconds", "How long the first message of a stream is due.")
    for stream in Stream:
        first = session.scalar(
            select(func.min(Message.due_at)).where(is_waiting(), Message.stream == stream)
        )
        age = max((now - first).total_seconds(), 0) if first else 0
        yield f'campaign_oldest_due_seconds{{stream="{stream}"}} {age:.0f}'


def _targets(session: Session) -> Iterator[str]:
    yield from _gauge("target_queue", "Letters in line, for the targets with most of them.")
    count = func.count()
    rows = session.execute(
        select(Message.target_id, count)
        .where(is_waiting(), Message.stream == Stream.LETTERS, Message.target_id.is_not(None))
        .group_by(Message.target_id)
        .order_by(count.desc(), Message.target_id)
        .limit(TARGETS)
    )
    for target_id, waiting in rows:
        yield f'campaign_target_queue{{target="{target_id}"}} {waiting}'


def _rates(session: Session, now: datetime) -> Iterator[str]:
    accepted = session.scalar(
        select(func.count()).select_from(Message).where(Message.accepted_at > now - RECENT)
    )
    for name, news in (("bounce", (News.BOUNCED, News.FULL)), ("complaint", (News.COMPLAINT,))):
        yield from _gauge(f"{name}_rate", f"The {name}s of a day for each message accepted in it.")
        came = sum(_came(session, one, now) for one in news)
        yield f"campaign_{name}_rate {came / accepted if accepted else 0:.5f}"


def _came(session: Session, news: News, now: datetime) -> int:
    named = InboundReceipt.verdict.like(f"{news}%")
    counted = select(func.count()).where(InboundReceipt.received_at > now - RECENT, named)
    return session.scalar(counted) or 0


def _relays(session: Session, now: datetime) -> Iterator[str]:
    yield from _gauge("relay_open", "1 while a mail server is left alone after failures.")
    for relay in session.scalars(select(RelayHealth).order_by(RelayHealth.relay)):
        resting = bool(relay.open_until and relay.open_until > now)
        yield f'campaign_relay_open{{relay="{relay.relay}"}} {int(resting)}'
