"""The outbox: one row for each message, and the history of what happened to it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base, BigKey, one_of
from campaign_app.vault.register import Erasure, personal
from campaign_app.vault.sealing import Sealed


class MessageState(StrEnum):
    """Where a message is; ``delivery.states`` says what may follow what."""

    HELD = "held"  #: for confirmation
    WAITING = "waiting"  #: can still be taken back
    DUE = "due"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"  #: and told
    TAKEN_BACK = "taken_back"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class OfficeReply(StrEnum):
    """What came of a letter, three weeks later."""

    YES = "yes"
    NOT_YET = "not_yet"
    NOT_TO_THE_POINT = "not_to_the_point"
    REFUSED = "refused"


class Stream(StrEnum):
    """Kinds of mail that are kept apart, because they earn trust apart."""

    LETTERS = "letters"
    SERVICE = "service"
    BULK = "bulk"


WAITING = text("state IN ('waiting', 'due')")


class Message(Base):
    """One message that must reach an end; it holds no address, no words and no token.

    ``recipe`` says how it is built when it leaves: ids and codes only.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index(
            "ix_message_leaving",
            "stream",
            "due_at",
            "id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index("ix_message_target", "target_id", "data_started_at"),
        Index("ix_message_letter", "letter_id", "kind"),
        Index("ix_message_state", "state", "created_at"),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        CheckConstraint(
            "(state = 'sending') = (lease_until IS NOT NULL)", name="lease_while_sending"
        ),
        CheckConstraint(
            "stream <> 'bulk' OR needs_purpose IS NOT NULL", name="bulk_needs_permission"
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    kind: Mapped[str] = mapped_column(
        String(40)
    )  #: the template, such as ``letter`` or ``confirm_letter``
    stream: Mapped[Stream] = mapped_column(one_of(Stream, "stream"))
    state: Mapped[MessageState] = mapped_column(one_of(MessageState, "state"))
    recipe: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id"), index=True)
    supporter_id: Mapped[int | None] = mapped_column(ForeignKey("supporter.id"), index=True)
    campaign_id: Mapped[int | None]  #: no foreign key, which every act would lock (decision 0007)
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id"))
    mail_id: Mapped[str] = mapped_column(String(120), unique=True)  #: Message-ID of all attempts
    needs_channel: Mapped[str | None] = mapped_column(String(24))
    needs_purpose: Mapped[str | None] = mapped_column(String(24))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(60))
    data_started_at: Mapped[datetime | None]  #: the other side may have it from here on
    attempts: Mapped[int] = mapped_column(default=0)
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    last_reply: Mapped[str | None] = mapped_column(String(120))  #: a code and class, no address


class MessageEvent(Base):
    """One change of a message's state, with its reason; only ever added."""

    __tablename__ = "message_event"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    message_id: Mapped[int] = mapped_column(BigKey, index=True)  #: outlives its message
    state: Mapped[MessageState] = mapped_column(one_of(MessageState, "state"))
    reason: Mapped[str] = mapped_column(String(120))
    happened_at: Mapped[datetime]


class InboundReceipt(Base):
    """An event from a mail server or provider, kept so that none is taken twice."""

    __tablename__ = "inbound_receipt"

    provider: Mapped[str] = mapped_column(String(20), primary_key=True)
    event_key: Mapped[str] = mapped_column(String(120), primary_key=True)
    received_at: Mapped[datetime]
    mail_id: Mapped[str | None] = mapped_column(String(120), index=True)
    verdict: Mapped[str] = mapped_column(String(40))
    taken_at: Mapped[datetime | None]  #: None while our own row is not there yet


class RelayHealth(Base):
    """The circuit breaker of a relay, shared by all workers."""

    __tablename__ = "relay_health"

    relay: Mapped[str] = mapped_column(String(120), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    open_until: Mapped[datetime | None]


class QueuePause(Base):
    """A stop on the whole queue, a stream of it or a campaign's letters, put there by staff."""

    __tablename__ = "queue_pause"

    stream: Mapped[str] = mapped_column(
        String(24), primary_key=True
    )  #: or ``all``, or ``campaign:<id>``
    since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))


class InboundReply(Base):
    """What a person answered to the envelope, until it is forwarded to the letter's writer."""

    __tablename__ = "inbound_reply"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True
    )  #: the message that forwards it
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"), index=True)
    received_at: Mapped[datetime]
    content: Mapped[str] = mapped_column(
        Sealed("inbound_reply.content"),
        info=personal(
            "to forward an office's answer to the writer of the letter",
            kept="until it was forwarded, 7 days at most",
            erasure=Erasure.ROW_REMOVED,
        ),
    )


class FollowUp(Base):
    """Whether an office replied, as the writer says who agreed to be asked."""

    __tablename__ = "follow_up"
    __table_args__ = (
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answer_has_its_time"),
    )

    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"), primary_key=True)
    asked_at: Mapped[datetime]
    answer: Mapped[OfficeReply | None] = mapped_column(one_of(OfficeReply, "answer"))
    answered_at: Mapped[datetime | None]
    chaser_at: Mapped[datetime | None]  #: when a polite reminder to the office was asked for
