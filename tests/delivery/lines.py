"""Messages, mailers and lines for tests of the outbox; each gives the least that is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.database import db
from campaign_app.delivery import outbox
from campaign_app.delivery.mail import Envelope, Mail, Person
from campaign_app.delivery.models import Message, MessageEvent, MessageState, Stream

DOMAIN = "letters.example.org"
Step = Callable[[Envelope], str]


def queued(
    session: Session,
    now: datetime,
    *,
    stream: Stream = Stream.SERVICE,
    state: MessageState = MessageState.DUE,
    due_at: datetime | None = None,
    **about: Unpack[outbox.About],
) -> Message:
    """A committed message, due now."""
    message = outbox.queue(
        session,
        kind="test",
        stream=stream,
        state=state,
        due_at=due_at or now,
        now=now,
        mail_domain=DOMAIN,
        **about,
    )
    session.commit()
    return message


def fresh(session: Session, message: Message) -> Message:
    """The message as the database has it now."""
    session.rollback()
    return session.get_one(Message, message.id, populate_existing=True)


def history(session: Session, message: Message) -> list[tuple[MessageState, str]]:
    """Every state a message was in, with the reason."""
    events = select(MessageEvent).where(MessageEvent.message_id == message.id)
    found = session.scalars(events.order_by(MessageEvent.id))
    return [(event.state, event.reason) for event in found]


def plain_mail(_session: Session, message: Message, now: datetime) -> Mail:
    """A mail whose subject is the message's public id."""
    return Mail(
        from_name="A Charity",
        from_local="letters",
        to=Person("The Office", "office@mp.example"),
        subject=message.public_id,
        text="Hello.\n",
        mail_id=message.mail_id,
        date=now,
    )


@dataclass
class FakeMailer:
    """Takes mails, or does what its steps say: one for each mail, then it takes the rest."""

    steps: list[Step] = field(default_factory=list)
    opening: list[Exception] = field(default_factory=list)
    taken: list[Envelope] = field(default_factory=list)
    opened: int = 0

    def open(self) -> None:
        self.opened += 1
        if self.opening:
            raise self.opening.pop(0)

    def send(self, envelope: Envelope, *, started: Callable[[], None] | None = None) -> str:
        assert not db.session().in_transaction(), "no mail may be sent inside a transaction"
        reply = self.steps.pop(0)(envelope) if self.steps else "250 2.0.0"
        self.taken.append(envelope)
        return reply

    def close(self) -> None:
        """There is nothing to close."""

    @property
    def subjects(self) -> list[str]:
        """The public ids of what was taken, in order."""
        return [_subject(envelope) for envelope in self.taken]


def failing(error: BaseException) -> Step:
    """A step that raises."""

    def step(_envelope: Envelope) -> str:
        raise error

    return step


@dataclass
class Watch:
    """A clock that stands still until it is told."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, time: timedelta) -> None:
        self.moment += time


def _subject(envelope: Envelope) -> str:
    _, _, rest = envelope.data.decode().partition("\r\nSubject: ")
    return rest.partition("\r\n")[0]
