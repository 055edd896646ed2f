"""Which messages a worker takes next, and what becomes of those that a dead worker had.

A claim is one durable commit. It asks for the stream whose first message is due longest, so
that its cost does not grow with the queue, and heeds pauses and the manners of each target.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from campaign_app.delivery import pauses
from campaign_app.delivery.leaving import due_in, first_due
from campaign_app.delivery.manners import TargetManners, open_at, put_in_line
from campaign_app.delivery.models import Message, MessageState, Stream
from campaign_app.delivery.outcomes import OnFailed, Outcome, RetryInDoubt, Rules, Verdict, settle
from campaign_app.delivery.states import Lease, move_all

#: Service mail is claimed in batches; a letter alone, because a doubled one embarrasses its writer.
LARGEST_BATCH: Final = 20

#: Long enough for a batch against a slow server; a worker that died is noticed after it.
LEASE: Final = timedelta(minutes=10)

#: Letters at the head of the queue that one claim may put off before it lets others write.
_PUT_OFF: Final = 20


def no_manners(_session: Session, _target_id: int) -> TargetManners:
    """Let everything leave at once."""
    return TargetManners()


def tell_nobody(_session: Session, _message: Message) -> None:
    """Do nothing about a failed message."""


def claim(
    session: Session,
    *,
    owner: str,
    now: datetime,
    lease: timedelta = LEASE,
    limit: int = LARGEST_BATCH,
    manners_of: pauses.MannersOf = no_manners,
) -> Sequence[Message]:
    """Take due messages for one worker, in the order in which they are to leave; never commits.

    The message that is due longest decides: a letter is taken alone, other streams in batches
    of up to ``limit``. Waiting messages whose time has come are taken too. What is paused is
    not taken; a letter that its target cannot take now is put off until it can. Call it in a
    transaction that may write: PostgreSQL then skips rows that others are claiming (FOR UPDATE
    SKIP LOCKED), and SQLite lets only one writer in (BEGIN IMMEDIATE).
    """
    batch = _due(session, now, limit, manners_of)
    waiting = [message for message in batch if message.state is MessageState.WAITING]
    move_all(session, waiting, MessageState.DUE, reason="its time has come", now=now)
    held = Lease(owner, now + lease)
    move_all(session, batch, MessageState.SENDING, reason="claimed", now=now, lease=held)
    return batch


def recover(
    session: Session,
    *,
    now: datetime,
    retry_in_doubt: RetryInDoubt,
    on_failed: OnFailed = tell_nobody,
) -> int:
    """Take back messages whose lease ran out, and return how many; never commits.

    A worker sends its batch in order and writes down each outcome before the next body leaves:
    so of a batch only the first that is left is in doubt, and the others have not left.
    Call it in a transaction that may write, at every start of a worker and every minute.
    """
    lost = session.scalars(_locked(_lost(now))).all()
    rules = Rules(retry_in_doubt, on_failed)
    for _, batch in groupby(lost, lambda message: (message.lease_owner, message.data_started_at)):
        first, *others = batch
        settle(session, first, Outcome(Verdict.IN_DOUBT, "lease ran out"), rules=rules, now=now)
        for message in others:
            untried = Outcome(Verdict.PUT_BACK, "lease ran out before its turn")
            settle(session, message, untried, rules=rules, now=now)
    return len(lost)


def _due(
    session: Session, now: datetime, limit: int, manners_of: pauses.MannersOf
) -> Sequence[Message]:
    paused = pauses.paused(session)
    for _ in range(_PUT_OFF):
        stream = _longest_due(session, paused, now)
        if stream is None:
            return []
        if stream is not Stream.LETTERS:
            return session.scalars(_locked(due_in(stream, now).limit(limit))).all()
        letter = session.scalar(_locked(due_in(stream, now).limit(1)))
        if letter is None:
            return []  # Others are claiming what is left.
        if _may_leave(session, letter, paused, now, manners_of):
            return [letter]
    return []


def _longest_due(session: Session, paused: pauses.Paused, now: datetime) -> Stream | None:
    heads = [head for head in first_due(session, now) if not paused.stops(head.stream)]
    return min(heads).stream if heads else None


def _may_leave(
    session: Session,
    letter: Message,
    paused: pauses.Paused,
    now: datetime,
    manners_of: pauses.MannersOf,
) -> bool:
    """Return whether a letter can leave now; put it and its like off when it cannot."""
    if letter.campaign_id in paused.campaigns:
        pauses.put_off(session, Message.campaign_id == letter.campaign_id, now)
        return False
    if letter.target_id is None:
        return True
    manners = manners_of(session, letter.target_id)
    if manners.paused:
        pauses.put_off(session, Message.target_id == letter.target_id, now)
        return False
    if open_at(session, letter.target_id, manners, now):
        return True
    put_in_line(session, letter.target_id, manners, now)
    return False


def _lost(now: datetime) -> Select[Message]:
    return (
        select(Message)
        .where(Message.state == MessageState.SENDING, Message.lease_until < now)
        .order_by(Message.lease_owner, Message.data_started_at, Message.due_at, Message.id)
    )


def _locked(found: Select[Message]) -> Select[Message]:
    # Only what is in the database now counts, not what this session saw before.
    return found.with_for_update(skip_locked=True).execution_options(populate_existing=True)
