"""Every act against its messages: what does not agree is listed, by ids and codes alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from campaign_app.actions import letter_messages
from campaign_app.delivery.leaving import is_waiting
from campaign_app.delivery.models import Message, MessageState, Stream
from campaign_app.letters.models import Letter, LetterState

LIMIT = 100
#: A message that is due so long is stuck: a worker looks every second.
STUCK_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Orphan:
    """One act or message that does not agree with the other side."""

    what: str
    public_id: str

    def __str__(self) -> str:
        return f"{self.what} ({self.public_id})"


def orphans(session: Session, now: datetime) -> list[Orphan]:
    """Return what does not agree, at most ``LIMIT`` of each kind; reads only."""
    return [*_letters(session), *_messages(session, now)]


def _letters(session: Session) -> Iterator[Orphan]:
    own = select(Message.id).where(
        Message.letter_id == Letter.id, Message.kind == letter_messages.LETTER
    )
    copy = select(Message.id).where(
        Message.letter_id == Letter.id, Message.kind == letter_messages.COPY
    )
    held = own.where(Message.state == MessageState.HELD)
    live = Letter.erased_at.is_(None)
    released = Letter.state == LetterState.RELEASED
    asked: tuple[tuple[str, ColumnElement[bool]], ...] = (
        ("a letter without its message", live & ~exists(own)),
        ("a released letter that is still held", live & released & exists(held)),
        ("a released letter without a copy to its writer", live & released & ~exists(copy)),
    )
    for what, condition in asked:
        for public_id in session.scalars(select(Letter.public_id).where(condition).limit(LIMIT)):
            yield Orphan(what, public_id)


def _messages(session: Session, now: datetime) -> Iterator[Orphan]:
    stopped = select(Letter.id).where(
        Letter.id == Message.letter_id,
        Letter.state.in_((LetterState.TAKEN_BACK, LetterState.NOT_ME, LetterState.EXPIRED)),
    )
    late = Message.due_at < now - STUCK_AFTER
    asked: tuple[tuple[str, ColumnElement[bool]], ...] = (
        ("a service message that is due for an hour",
         is_waiting() & (Message.stream == Stream.SERVICE) & late),
        ("a message under way for an hour",
         (Message.state == MessageState.SENDING) & (Message.lease_until < now - STUCK_AFTER)),
        ("a message of a stopped letter that may still leave",
         (Message.kind == letter_messages.LETTER) & is_waiting() & exists(stopped)),
    )  # fmt: skip
    for what, condition in asked:
        for public_id in session.scalars(select(Message.public_id).where(condition).limit(LIMIT)):
            yield Orphan(what, public_id)
