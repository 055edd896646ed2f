"""The outbox: messages are queued in the act's own transaction and never acknowledged before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.delivery.leaving import is_waiting
from campaign_app.delivery.models import Message, MessageState, Stream
from campaign_app.delivery.states import move, record
from campaign_app.errors import WrongState
from campaign_app.vault.tokens import random_id

FIRST_STATES: Final = frozenset({MessageState.HELD, MessageState.WAITING, MessageState.DUE})


class About(TypedDict, total=False):
    """What a message is about: ids and codes, never an address, words or a token."""

    recipe: dict[str, Any]
    letter_id: int | None
    signature_id: int | None
    supporter_id: int | None
    campaign_id: int | None
    target_id: int | None
    needs_channel: str | None
    needs_purpose: str | None


class AlreadyLeft(WrongState):
    """A message cannot be stopped any more."""

    message = "It is already on its way, so it cannot be taken back."
    what_next = "Write to the person who receives it if something in it is wrong."


def queue(
    session: Session,
    *,
    kind: str,
    stream: Stream,
    state: MessageState,
    due_at: datetime,
    now: datetime,
    mail_domain: str,
    **about: Unpack[About],
) -> Message:
    """Add a message to the outbox and return it, flushed and with its id; never commits.

    ``state`` is HELD, WAITING or DUE. A held message's ``due_at`` counts for nothing until
    ``release`` sets it. ``mail_id`` is ``public_id@mail_domain`` without angle brackets; all
    attempts carry it as their Message-ID (RFC 5322, section 3.6.4).
    Raises WrongState for any other first state.
    """
    if state not in FIRST_STATES:
        raise WrongState(f"A message cannot begin as {state}.")
    public_id = random_id()
    message = Message(
        public_id=public_id,
        kind=kind,
        stream=stream,
        state=state,
        due_at=due_at,
        created_at=now,
        mail_id=f"{public_id}@{mail_domain}",
        attempts=0,
        **{"recipe": {}, **about},
    )
    session.add(message)
    session.flush()
    record(session, [message.id], state, reason="queued", now=now)
    return message


def of_letter(session: Session, letter_id: int, *, kind: str | None = None) -> Sequence[Message]:
    """Return a letter's messages, oldest first, locked where the database locks rows."""
    found = select(Message).where(Message.letter_id == letter_id).order_by(Message.id)
    if kind is not None:
        found = found.where(Message.kind == kind)
    return session.scalars(found.with_for_update().execution_options(populate_existing=True)).all()


def release(session: Session, message: Message, due_at: datetime, now: datetime) -> None:
    """Let a held message go: it waits until ``due_at``, or is due when that has come.

    Raises WrongState unless it is held.
    """
    if message.state is not MessageState.HELD:
        raise WrongState(f"A message that is {message.state} cannot be released.")
    to = MessageState.WAITING if due_at > now else MessageState.DUE
    move(session, message, to, reason="released", now=now, due_at=due_at)


def hold(session: Session, message: Message, *, reason: str, now: datetime) -> None:
    """Hold a message that has not left; raises WrongState once it is being sent or has ended."""
    move(session, message, MessageState.HELD, reason=reason, now=now)


def take_back(
    session: Session, message: Message, *, now: datetime, reason: str = "taken back"
) -> None:
    """Stop a message on its writer's word.

    Raises AlreadyLeft when it is being sent or was sent, WrongState when it has ended.
    """
    if message.state in {MessageState.SENDING, MessageState.ACCEPTED, MessageState.DELIVERED}:
        raise AlreadyLeft
    move(session, message, MessageState.TAKEN_BACK, reason=reason, now=now)


def cancel(session: Session, message: Message, *, reason: str, now: datetime) -> None:
    """Stop a message because there is no more reason to send it; raises WrongState."""
    move(session, message, MessageState.CANCELLED, reason=reason, now=now)


def expire(session: Session, message: Message, *, reason: str, now: datetime) -> None:
    """End a held message that was never confirmed; raises WrongState in any other state."""
    move(session, message, MessageState.EXPIRED, reason=reason, now=now)


def due_count(session: Session, now: datetime) -> int:
    """Return how many messages should be leaving now and are not yet being sent."""
    due = select(func.count()).select_from(Message).where(is_waiting(), Message.due_at <= now)
    return session.scalar(due) or 0
