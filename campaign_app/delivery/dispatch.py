"""From the outbox to the mail server: claim, build, send, write down; nothing lost on the way.

A message is claimed in one durable commit that also says that its body may leave. Building
and sending happen outside any transaction. What came of each is committed before the next
body leaves, so that the death of a worker leaves at most one message in doubt.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from campaign_app.database import db, transaction
from campaign_app.delivery.claiming import LARGEST_BATCH, LEASE, claim, no_manners, tell_nobody
from campaign_app.delivery.compose import Sign, compose
from campaign_app.delivery.mail import Envelope, Mail
from campaign_app.delivery.mailers import Answer, Mailer, deliver
from campaign_app.delivery.marks import Claimed, DatabaseGone, Marks, Missed, marks
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
from campaign_app.delivery.pauses import MannersOf
from campaign_app.delivery.replies import Deferred, InDoubt, Refused, Unreachable
from campaign_app.delivery.states import Lease
from campaign_app.errors import FinalFailure, TransientFailure

log = logging.getLogger(__name__)

#: How long a worker whose database went away tries to write down what it knows, before it ends.
RESCUE: Final = timedelta(seconds=30)
_RESCUE_EVERY: Final = 0.5  #: seconds

#: Builds a message now, or returns None when there is nothing to send any more. It may read, but
#: what it writes is rolled back. It raises FinalFailure when the message can never be built.
Composer = Callable[[Session, Message, datetime], Mail | None]
#: Asked when the message leaves: consent may have been withdrawn since it was queued.
MaySend = Callable[[Session, Message], bool]
#: Gives the sender of the envelope, where a bounce comes back to; None for the visible sender.
ReturnPath = Callable[[Message], str | None]

# A database that is gone, or that gives no connection, concerns all messages: no single one is
# to blame for it.
_CONCERNS_ALL: Final = (OperationalError, InterfaceError, InternalError, PoolTimeout)


def _always(_session: Session, _message: Message) -> bool:
    return True


def _retry(_message: Message) -> bool:
    return True


def _at_any_time() -> bool:
    return True


def _visible_sender(_message: Message) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Line:
    """Everything that stands between the outbox and the other side.

    ``owner`` names this worker; two that run at one time must not share it. ``clock`` gives
    the moment in UTC, since one drain lasts longer than a moment. ``may_claim`` is False while no
    relay can be used, so that no attempt is spent on it.
    """

    mailer: Mailer
    composer: Composer
    mail_domain: str
    owner: str
    clock: Callable[[], datetime]
    may_send: MaySend = _always
    on_failed: OnFailed = tell_nobody
    retry_in_doubt: RetryInDoubt = _retry
    manners_of: MannersOf = no_manners
    may_claim: Callable[[], bool] = _at_any_time
    return_path: ReturnPath = _visible_sender
    sign: Sign | None = None
    lease: timedelta = LEASE

    @property
    def rules(self) -> Rules:
        """Return what is done about messages that did not arrive."""
        return Rules(self.retry_in_doubt, self.on_failed)


def drain(line: Line, *, limit: int = LARGEST_BATCH) -> int:
    """Send one batch of due messages and return how many were claimed; 0 when none is due.

    Needs an application context, and no open transaction of the caller's. Opens short
    transactions of its own, and none of them is open while a mail is being sent.
    """
    if not line.may_claim():
        return 0
    batch = _claimed(line, limit)
    if batch:
        _Round(line, batch).run()
    return len(batch)


def _claimed(line: Line, limit: int) -> list[Message]:
    with transaction() as session:
        batch = claim(
            session,
            owner=line.owner,
            now=line.clock(),
            lease=line.lease,
            limit=limit,
            manners_of=line.manners_of,
        )
        # The messages stay as they were claimed: for half a lease, nobody else may change them.
        for message in batch:
            session.expunge(message)
        return list(batch)


@dataclass(slots=True)
class _Round:
    """One batch on its way."""

    line: Line
    batch: list[Message]
    left: dict[int, Claimed] = field(init=False)  #: in their order, until each has an outcome
    flying: deque[Claimed] = field(default_factory=deque)  #: handed to the mailer, no answer yet
    known: list[tuple[Claimed, Outcome]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.left = {message.id: _claim_of(message) for message in self.batch}

    def run(self) -> None:
        """Send them all, and write down what came of each."""
        try:
            with marks(db.engine, durable=self.batch[0].stream is Stream.LETTERS) as mark:
                self._send(mark)
                self._settle_missed(mark.finish())
        except DatabaseGone:
            self._rescue()
            raise
        except DBAPIError as error:
            if error.connection_invalidated:
                self._rescue()
            raise

    def _send(self, mark: Marks) -> None:
        try:
            self.line.mailer.open()
            for answer in deliver(self.line.mailer, self._envelopes()):
                self._note(mark, self.flying.popleft(), answer)
        except Unreachable as failure:
            # Without a relay the others would only wait out its timeout, one by one.
            self._settle(list(self.left.values()), Outcome(Verdict.LATER, failure.reply))
        else:
            late = Outcome(Verdict.PUT_BACK, "the batch took too long")
            self._settle(list(self.left.values()), late)

    def _envelopes(self) -> Iterator[Envelope]:
        for message in self.batch:
            claimed = self.left[message.id]
            if self.line.clock() > claimed.lease.until - self.line.lease / 2:
                return
            built = _built(self.line, message)
            if isinstance(built, Outcome):
                self._settle([claimed], built)
            else:
                self.flying.append(claimed)
                yield built

    def _note(self, mark: Marks, claimed: Claimed, answer: Answer) -> None:
        if not isinstance(answer, str):
            self._settle([claimed], _outcome(answer))
            return
        self.known.append((claimed, Outcome(Verdict.ACCEPTED, answer)))
        self.left.pop(claimed.message_id)
        self._settle_missed(mark.accepted(claimed, answer, self.line.clock()))

    def _settle_missed(self, missed: Missed) -> None:
        for claimed, reply in missed:
            self._settle([claimed], Outcome(Verdict.ACCEPTED, reply))

    def _settle(self, some: Collection[Claimed], outcome: Outcome) -> None:
        self.known += [(claimed, outcome) for claimed in some]
        _note_all(self.line, some, outcome)
        for claimed in some:
            self.left.pop(claimed.message_id, None)

    def _rescue(self) -> None:
        """Write down what this worker knows, once the database is back.

        A mark that did not wait for the disk may be gone with a database that crashed; the
        worker that outlives it still knows what was accepted.
        """
        give_up = time.monotonic() + RESCUE.total_seconds()
        while time.monotonic() < give_up:
            try:
                for claimed, outcome in self.known:
                    _note_all(self.line, [claimed], outcome)
            except _CONCERNS_ALL:
                time.sleep(_RESCUE_EVERY)
            else:
                return


def _claim_of(message: Message) -> Claimed:
    # A claim always sets all three; the database holds the lease to the state.
    started_at, until = cast("datetime", message.data_started_at), message.lease_until
    lease = Lease(message.lease_owner or "", cast("datetime", until))
    return Claimed(message.id, started_at, lease)


def _outcome(failure: TransientFailure | FinalFailure) -> Outcome:
    if isinstance(failure, InDoubt):
        return Outcome(Verdict.IN_DOUBT, failure.reply)
    final = isinstance(failure, FinalFailure)
    return Outcome(Verdict.FAILED if final else Verdict.LATER, _reply(failure))


def _built(line: Line, message: Message) -> Envelope | Outcome:
    with _reading() as session:
        try:
            return _envelope(line, session, message)
        except FinalFailure as failure:
            return Outcome(Verdict.FAILED, _reply(failure))
        except _CONCERNS_ALL:
            raise
        except Exception as error:  # noqa: BLE001 - templates are data and may raise anything.
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
    return compose(
        mail,
        mail_domain=line.mail_domain,
        return_path=line.return_path(message),
        sign=line.sign,
    )


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
