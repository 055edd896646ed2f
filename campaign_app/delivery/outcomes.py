"""What came of one attempt to send, and how it is written down."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from sqlalchemy.orm import Session

from campaign_app.delivery.models import Message, MessageState
from campaign_app.delivery.retries import retry_delay
from campaign_app.delivery.states import Lease, move

log = logging.getLogger(__name__)

#: Tells the supporter that a message failed, by rows in the same transaction.
OnFailed = Callable[[Session, Message], None]
#: Whether a message that the other side may have is sent again, or put before staff.
RetryInDoubt = Callable[[Message], bool]

IN_DOUBT: Final = "in doubt: staff to decide"

# What the server has said is the truth, even when the lease ran out while it said so.
_ROAD_TO_SENDING: Final = {
    MessageState.DUE: (MessageState.SENDING,),
    MessageState.FAILED: (MessageState.DUE, MessageState.SENDING),
}


class Verdict(Enum):
    """What an attempt came to."""

    ACCEPTED = auto()  #: the server has it
    LATER = auto()  #: not now; tried again by the table of retries
    FAILED = auto()  #: refused for good
    IN_DOUBT = auto()  #: the server may have it
    CANCELLED = auto()  #: there is nothing to send any more
    PUT_BACK = auto()  #: it was claimed, but nobody tried; the attempt does not count


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict and its reason: a code or a short sentence without anything personal."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What the caller decides about messages that did not arrive."""

    retry_in_doubt: RetryInDoubt
    on_failed: OnFailed


def settle(
    session: Session, message: Message, outcome: Outcome, *, rules: Rules, now: datetime
) -> None:
    """Write down what came of a message that is being sent; never commits.

    A message that is to be tried later fails when it has no attempt left. One in doubt that
    is not retried is failed with the reason IN_DOUBT, and nobody is told: staff decide first.
    Raises WrongState when it is not being sent.
    """
    message.last_reply = outcome.reason[:120]
    match outcome.verdict:
        case Verdict.ACCEPTED:
            move(session, message, MessageState.ACCEPTED, reason=outcome.reason, now=now)
        case Verdict.LATER:
            _later(session, message, outcome.reason, rules, now)
        case Verdict.FAILED:
            _fail(session, message, outcome.reason, rules, now)
        case Verdict.IN_DOUBT:
            _in_doubt(session, message, outcome.reason, rules, now)
        case Verdict.CANCELLED:
            move(session, message, MessageState.DUE, reason=outcome.reason, now=now)
            move(session, message, MessageState.CANCELLED, reason=outcome.reason, now=now)
        case Verdict.PUT_BACK:
            move(session, message, MessageState.DUE, reason=outcome.reason, now=now)
            message.attempts -= 1
    log.info("message %s: %s (%s)", message.public_id, message.state, outcome.reason)


def accept_late(
    session: Session, message: Message, outcome: Outcome, *, lease: Lease, now: datetime
) -> None:
    """Write down an acceptance that came after the lease had run out.

    Without it the message would be sent again. When another worker is sending it already, or
    it has ended otherwise, only the log says so.
    """
    road = _ROAD_TO_SENDING.get(message.state)
    if road is None:
        log.warning("message %s was accepted after its lease had passed on", message.public_id)
        return
    for state in road:
        sending = lease if state is MessageState.SENDING else None
        move(session, message, state, reason="accepted late", now=now, lease=sending)
    message.last_reply = outcome.reason[:120]
    move(session, message, MessageState.ACCEPTED, reason=outcome.reason, now=now)


def _later(session: Session, message: Message, reason: str, rules: Rules, now: datetime) -> None:
    delay = retry_delay(message.public_id, message.attempts)
    if delay is None:
        _fail(session, message, f"given up: {reason}", rules, now)
    else:
        move(session, message, MessageState.DUE, reason=reason, now=now, due_at=now + delay)


def _fail(session: Session, message: Message, reason: str, rules: Rules, now: datetime) -> None:
    move(session, message, MessageState.FAILED, reason=reason, now=now)
    rules.on_failed(session, message)


def _in_doubt(session: Session, message: Message, reason: str, rules: Rules, now: datetime) -> None:
    if rules.retry_in_doubt(message):
        _later(session, message, f"in doubt, retried: {reason}", rules, now)
    else:
        move(session, message, MessageState.FAILED, reason=IN_DOUBT, now=now)
