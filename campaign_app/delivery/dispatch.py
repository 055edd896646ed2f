"""From the outbox to the mail server: claim, build, send, write down; nothing lost on the way.

A message is claimed in one durable commit that also says that its body may leave. Building
and sending happen outside any transaction. What came of each is committed before the next
body leaves, so that the death of a worker leaves at most one message in doubt.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, Protocol

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from campaign_app.database import db, transaction
from campaign_app.delivery.compose import Sign, compose
from campaign_app.delivery.leaving import due_by
from campaign_app.delivery.mail import Envelope, Mail
from campaign_app.delivery.models import Message, MessageState, Stream
from campaign_app.delivery.outcomes import (
    OnFailed,
    Outcome,
    RetryInDoubt,
    Rules,
    Verdict,
    accept_late,
    settle,
)
from campaign_app.delivery.replies import Deferred, InDoubt, Refused, Unreachable
from campaign_app.delivery.states import Lease, move_all
from campaign_app.errors import CampaignError, FinalFailure, TransientFailure

log = logging.getLogger(__name__)

#: Service mail is claimed in batches; a letter alone, because a doubled one embarrasses its writer.
LARGEST_BATCH: Final = 20

#: Long enough for a batch against a slow server; a worker that died is noticed after it.
LEASE: Final = timedelta(minutes=10)

#: Builds a message now, or returns None when there is nothing to send any more. It may read, but
#: what it writes is rolled back. It raises FinalFailure when the message can never be built.
Composer = Callable[[Session, Message, datetime], Mail | None]
#: Asked when the message leaves: consent may have been withdrawn since it was queued.
MaySend = Callable[[Session, Message], bool]

# What a broken recipe raises: a code that nobody knows, a missing row, a value of the wrong kind.
# One such message must not hold up the others. Anything else, such as a database that is gone,
# concerns all messages and is not caught.
_UNBUILDABLE: Final = (CampaignError, LookupError, ValueError, TypeError, AttributeError)


class Mailer(Protocol):
    """The other side: a mail server, or the mailbox of the demo."""

    def open(self) -> None:
        """Connect unless connected; raises Unreachable."""
        ...

    def send(self, envelope: Envelope, *, started: Callable[[], None] | None = None) -> str:
        """Hand over one mail and return the numbers of the server's reply, without any address.

        Calls ``started`` just before the body leaves. Raises Deferred, Unreachable or InDoubt
        (all TransientFailure), or Refused (a FinalFailure).
        """
        ...

    def close(self) -> None:
        """Say goodbye; never fails."""
        ...


def _always(_session: Session, _message: Message) -> bool:
    return True


def _tell_nobody(_session: Session, _message: Message) -> None:
    return


def _retry(_message: Message) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Line:
    """Everything that stands between the outbox and the other side.

    ``owner`` names this worker; two that run at one time must not share it. ``clock`` gives
    the moment in UTC, since one drain lasts longer than a moment.
    """

    mailer: Mailer
    composer: Composer
    mail_domain: str
    owner: str
    clock: Callable[[], datetime]
    may_send: MaySend = _always
    on_failed: OnFailed = _tell_nobody
    retry_in_doubt: RetryInDoubt = _retry
    sign: Sign | None = None
    lease: timedelta = LEASE

    @property
    def rules(self) -> Rules:
        """Return what is done about messages that did not arrive."""
        return Rules(self.retry_in_doubt, self.on_failed)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker alone may send until the lease is over."""

    message_id: int
    started_at: datetime
    lease: Lease


def drain(line: Line, *, limit: int = LARGEST_BATCH) -> int:
    """Send one batch of due messages and return how many were claimed; 0 when none is due.

    Needs an application context, and no open transaction of the caller's. Opens short
    transactions of its own, and none of them is open while a mail is being sent.
    """
    batch = _claimed(line, limit)
    left = deque(batch)
    try:
        if left:
            line.mailer.open()
        while left and line.clock() <= left[0].lease.until - line.lease / 2:
            _note_all(line, [left[0]], _attempt(line, left[0]))
            left.popleft()
    except Unreachable as failure:
        # Without a relay the others would only wait out its timeout, one by one.
        _note_all(line, left, Outcome(Verdict.LATER, failure.reply))
    else:
        _note_all(line, left, Outcome(Verdict.PUT_BACK, "the batch took too long"))
    return len(batch)


def claim(
    session: Session, *, owner: str, now: datetime, lease: timedelta = LEASE, limit: int
) -> Sequence[Message]:
    """Take due messages for one worker, in the order in which they are to leave; never commits.

    The first due message decides: a letter is taken alone, other streams in batches of up to
    ``limit``. Waiting messages whose time has come are taken too. Call it in a transaction that
    may write: PostgreSQL then skips rows that others are claiming (FOR UPDATE SKIP LOCKED), and
    SQLite lets only one writer in (BEGIN IMMEDIATE).
    """
    batch = _due(session, now, limit)
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
    on_failed: OnFailed = _tell_nobody,
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


def _claimed(line: Line, limit: int) -> list[Claimed]:
    now = line.clock()
    held = Lease(line.owner, now + line.lease)
    with transaction() as session:
        batch = claim(session, owner=line.owner, now=now, lease=line.lease, limit=limit)
        return [Claimed(message.id, now, held) for message in batch]


def _due(session: Session, now: datetime, limit: int) -> list[Message]:
    due = due_by(now)
    first = session.scalar(_locked(due.limit(1)))
    if first is None:
        return []
    if first.stream is Stream.LETTERS:
        return [first]
    alike = due.where(Message.stream == first.stream, Message.id != first.id)
    return [first, *session.scalars(_locked(alike.limit(limit - 1)))]


def _lost(now: datetime) -> Select[Message]:
    return (
        select(Message)
        .where(Message.state == MessageState.SENDING, Message.lease_until < now)
        .order_by(Message.lease_owner, Message.data_started_at, Message.due_at, Message.id)
    )


def _locked(found: Select[Message]) -> Select[Message]:
    # Only what is in the database now counts, not what this session saw before.
    return found.with_for_update(skip_locked=True).execution_options(populate_existing=True)


def _attempt(line: Line, claimed: Claimed) -> Outcome:
    """Build and send one message; raises Unreachable, for which this message is not to blame."""
    built = _built(line, claimed)
    if isinstance(built, Outcome):
        return built
    try:
        return Outcome(Verdict.ACCEPTED, line.mailer.send(built))
    except Unreachable:
        raise
    except InDoubt as failure:
        return Outcome(Verdict.IN_DOUBT, failure.reply)
    except TransientFailure as failure:
        return Outcome(Verdict.LATER, _reply(failure))
    except FinalFailure as failure:
        return Outcome(Verdict.FAILED, _reply(failure))


def _built(line: Line, claimed: Claimed) -> Envelope | Outcome:
    with _reading() as session:
        message = session.get(Message, claimed.message_id, populate_existing=True)
        if message is None or not _still_ours(message, claimed):
            return Outcome(Verdict.PUT_BACK, "no longer ours")
        try:
            return _envelope(line, session, message)
        except FinalFailure as failure:
            return Outcome(Verdict.FAILED, _reply(failure))
        except _UNBUILDABLE as error:
            # Only the error's name: its words may hold what a supporter typed.
            name = type(error).__name__
            log.warning("message %s could not be built: %s", message.public_id, name)
            return Outcome(Verdict.LATER, f"could not be built: {name}")


@contextmanager
def _reading() -> Iterator[Session]:
    """Open a transaction that keeps no writer waiting and leaves nothing behind."""
    session = db.session()
    session.rollback()
    try:
        yield session
    finally:
        session.rollback()


def _envelope(line: Line, session: Session, message: Message) -> Envelope | Outcome:
    if not line.may_send(session, message):
        return Outcome(Verdict.CANCELLED, "not permitted")
    mail = line.composer(session, message, line.clock())
    if mail is None:
        return Outcome(Verdict.CANCELLED, "nothing to send any more")
    return compose(mail, mail_domain=line.mail_domain, sign=line.sign)


def _note_all(line: Line, batch: Collection[Claimed], outcome: Outcome) -> None:
    if not batch:
        return
    now = line.clock()
    with transaction() as session:
        for claimed in batch:
            _note(session, claimed, outcome, rules=line.rules, now=now)


def _note(
    session: Session, claimed: Claimed, outcome: Outcome, *, rules: Rules, now: datetime
) -> None:
    message = session.get(Message, claimed.message_id, with_for_update=True, populate_existing=True)
    if message is None:
        return  # Erased meanwhile, and with it what there was to write down.
    if _still_ours(message, claimed):
        settle(session, message, outcome, rules=rules, now=now)
    elif outcome.verdict is Verdict.ACCEPTED:
        accept_late(session, message, outcome, lease=claimed.lease, now=now)


def _still_ours(message: Message, claimed: Claimed) -> bool:
    return (
        message.state is MessageState.SENDING
        and message.lease_owner == claimed.lease.owner
        and message.data_started_at == claimed.started_at
    )


def _reply(failure: TransientFailure | FinalFailure) -> str:
    if isinstance(failure, Deferred | Refused):
        return failure.reply
    return type(failure).__name__
