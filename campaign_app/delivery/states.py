"""What may follow what in the life of a message, and the one way to write a change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import CursorResult, insert, literal, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from campaign_app.delivery.models import Message, MessageEvent, MessageState
from campaign_app.errors import WrongState

TRANSITIONS: Final = {
    MessageState.HELD: frozenset(
        {
            MessageState.WAITING,
            MessageState.DUE,
            MessageState.EXPIRED,
            MessageState.TAKEN_BACK,
            MessageState.CANCELLED,
        }
    ),
    MessageState.WAITING: frozenset(
        {MessageState.DUE, MessageState.TAKEN_BACK, MessageState.CANCELLED, MessageState.HELD}
    ),
    MessageState.DUE: frozenset(
        {
            MessageState.SENDING,
            MessageState.TAKEN_BACK,
            MessageState.CANCELLED,
            # Its office changed hands, or cannot be written to, while it waited for a retry.
            MessageState.HELD,
        }
    ),
    MessageState.SENDING: frozenset({MessageState.ACCEPTED, MessageState.DUE, MessageState.FAILED}),
    MessageState.ACCEPTED: frozenset({MessageState.DELIVERED, MessageState.BOUNCED}),
    MessageState.BOUNCED: frozenset({MessageState.DUE, MessageState.FAILED}),
    MessageState.DELIVERED: frozenset({MessageState.BOUNCED}),
    MessageState.FAILED: frozenset({MessageState.DUE}),
    MessageState.TAKEN_BACK: frozenset[MessageState](),
    MessageState.CANCELLED: frozenset[MessageState](),
    MessageState.EXPIRED: frozenset[MessageState](),
}

#: A message rests here unless news comes: a bounce, or staff who send a failed one again.
#: Most servers never report a delivery, so acceptance is where most messages rest.
END: Final = frozenset(
    {
        MessageState.ACCEPTED,
        MessageState.DELIVERED,
        MessageState.FAILED,
        MessageState.TAKEN_BACK,
        MessageState.CANCELLED,
        MessageState.EXPIRED,
    }
)

LONGEST_REASON: Final = 120

ONE_MORE: Final = Message.attempts + 1

_LINE: Final = ("message_id", "state", "reason", "happened_at")
_STATE: Final = MessageEvent.__table__.c.state.type
_TIME: Final = MessageEvent.__table__.c.happened_at.type


@dataclass(frozen=True, slots=True)
class Lease:
    """Who is sending a message, and until when nobody else may."""

    owner: str  #: one worker; no two workers at one time share it
    until: datetime


def move(
    session: Session,
    message: Message,
    to: MessageState,
    *,
    reason: str,
    now: datetime,
    lease: Lease | None = None,
    due_at: datetime | None = None,
) -> None:
    """Change a message's state and write down why.

    ``reason`` is a code or a short sentence without anything personal. ``lease`` is needed
    for SENDING and for nothing else; ``due_at`` replaces the message's own when given.
    Raises WrongState when the change is not in TRANSITIONS, or when the row has meanwhile
    been changed by somebody else; the caller's transaction should then be rolled back.
    """
    move_all(session, [message], to, reason=reason, now=now, lease=lease, due_at=due_at)


def move_all(
    session: Session,
    messages: Sequence[Message],
    to: MessageState,
    *,
    reason: str,
    now: datetime,
    lease: Lease | None = None,
    due_at: datetime | None = None,
) -> None:
    """Change the state of messages that all are in one state now; see ``move``.

    All of them change, or WrongState is raised. An empty list is no error.
    """
    if not messages:
        return
    before = _common_state(messages)
    _refuse_unlawful(before, to, lease)
    values = _times(to, now) | _lease(lease, now) | _tries(before, to)
    if due_at is not None:
        values["due_at"] = due_at
    _write(session, messages, before, values)
    record(session, (message.id for message in messages), to, reason=reason, now=now)


def record(
    session: Session,
    message_ids: Iterable[int],
    state: MessageState,
    *,
    reason: str,
    now: datetime,
) -> None:
    """Add one line to the history of each message."""
    # One statement for all of them, however many there are.
    lines = select(
        Message.id, literal(state, _STATE), literal(reason[:LONGEST_REASON]), literal(now, _TIME)
    ).where(Message.id.in_(list(message_ids)))
    session.execute(insert(MessageEvent).from_select(_LINE, lines))


def _common_state(messages: Sequence[Message]) -> MessageState:
    states = {message.state for message in messages}
    if len(states) > 1:
        raise WrongState("Messages in several states cannot change together.")
    return states.pop()


def _refuse_unlawful(before: MessageState, to: MessageState, lease: Lease | None) -> None:
    if to not in TRANSITIONS[before]:
        raise WrongState(f"A message cannot go from {before} to {to}.")
    if (lease is not None) is not (to is MessageState.SENDING):
        raise WrongState("A message is sent under a lease, and has none otherwise.")


def _times(to: MessageState, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"state": to, "ended_at": now if to in END else None}
    if to is MessageState.ACCEPTED:
        values["accepted_at"] = now
    if to is MessageState.DUE:
        # Whoever puts a message back knows that nobody else has it, or accepts the doubt;
        # the next claim sets the time anew.
        values["data_started_at"] = None
    return values


def _lease(lease: Lease | None, now: datetime) -> dict[str, Any]:
    if lease is None:
        return {"lease_until": None, "lease_owner": None}
    return {"lease_until": lease.until, "lease_owner": lease.owner, "data_started_at": now}


def _tries(before: MessageState, to: MessageState) -> dict[str, Any]:
    if to is MessageState.SENDING:
        return {"attempts": ONE_MORE}
    # A message that is sent again after its end begins the table of retries anew.
    return {"attempts": 0} if before is MessageState.FAILED else {}


def _write(
    session: Session,
    messages: Sequence[Message],
    before: MessageState,
    values: dict[str, Any],
) -> None:
    session.flush()
    # The condition on the old state makes every race safe by itself: of two who change a row
    # at once, the second finds no row to change.
    statement = (
        update(Message)
        .where(Message.id.in_([message.id for message in messages]), Message.state == before)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    changed = cast("CursorResult[Any]", session.execute(statement)).rowcount
    if changed != len(messages):
        session.expire_all()
        raise WrongState("Somebody else has just changed this message.")
    for message in messages:
        _follow(message, values)


def _follow(message: Message, values: dict[str, Any]) -> None:
    """Let an object say what its row says, without another question to the database."""
    for name, value in values.items():
        known = message.attempts + 1 if value is ONE_MORE else value
        set_committed_value(message, name, known)
