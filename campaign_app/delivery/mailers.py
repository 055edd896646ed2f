"""The other side of dispatch: what takes mails, one by one or many in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

from campaign_app.delivery.mail import Envelope
from campaign_app.delivery.replies import Unreachable
from campaign_app.errors import FinalFailure, TransientFailure

#: The numbers of the server's reply to an accepted mail, or how it failed.
Answer = str | TransientFailure | FinalFailure


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


@runtime_checkable
class StreamingMailer(Mailer, Protocol):
    """A mailer that need not wait for every answer before it begins the next mail."""

    def deliver(self, envelopes: Iterator[Envelope]) -> Iterator[Answer]:
        """Hand over mails and yield an answer to each, in their order.

        The next body leaves only when its answer is asked for, so that the caller can write
        down the one before; envelopes are asked for up to two mails ahead. Raises Unreachable
        when the relay cannot be used any more; mails without an answer have then not arrived.
        """
        ...


def deliver(mailer: Mailer, envelopes: Iterator[Envelope]) -> Iterator[Answer]:
    """Hand over mails in the mailer's best way; see ``StreamingMailer.deliver``."""
    if isinstance(mailer, StreamingMailer):
        return mailer.deliver(envelopes)
    return (answer_of(mailer, envelope) for envelope in envelopes)


def answer_of(mailer: Mailer, envelope: Envelope) -> Answer:
    """Hand over one mail and return what came of it; raises Unreachable."""
    try:
        return mailer.send(envelope)
    except Unreachable:
        raise
    except (TransientFailure, FinalFailure) as failure:
        return failure
