"""A message in the words of those who write it, before it becomes bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from campaign_app.errors import InvalidInput

Pair = tuple[str, str]

#: The only headers that a kind of mail may add to those that every mail has.
EXTRA_HEADERS: Final = frozenset(
    {
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "X-Campaign-ID",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
    }
)

#: For mail that a machine sends by itself, such as confirmations and copies (RFC 3834, section
#: 5), so that no holiday notice answers it. A supporter's letter carries neither: a person asked
#: for it.
AUTO_GENERATED: Final[tuple[Pair, ...]] = (
    ("Auto-Submitted", "auto-generated"),
    ("X-Auto-Response-Suppress", "All"),
)


class HeaderRefused(InvalidInput):
    """A value could break out of its header, or cannot stand in one."""

    message = "A name or subject holds something that an email cannot carry."
    what_next = "Take out line breaks and control characters and try again."


class AddressRefused(InvalidInput):
    """An address is not of a shape that mail can be sent to."""

    message = "An email address is not complete."
    what_next = "Check the address, like ann@example.org."


@dataclass(frozen=True, slots=True)
class Person:
    """A name, which may be empty, and an address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person, in plain text.

    ``from_local`` is a word of ours, such as ``letters``: taken from a supporter it could
    claim to be our postmaster. ``from_name`` is what readers see, such as ``Ann Supporter via
    the organisation``. ``reply_to`` is None when answers should come to us. ``extra`` holds
    headers out of EXTRA_HEADERS. ``mail_id`` is the Message-ID without angle brackets.
    """

    from_name: str
    from_local: str
    to: Person
    subject: str
    text: str
    mail_id: str
    date: datetime
    reply_to: Person | None = None
    extra: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail as it leaves: who sends it, who gets it, and its bytes with CRLF line ends.

    ``needs_smtputf8`` is true when an address has letters beyond ASCII before its @ (RFC 6531);
    only some servers can take such a mail.
    """

    mail_from: str
    rcpt_to: str
    data: bytes
    needs_smtputf8: bool
