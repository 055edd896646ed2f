"""What can come back about a message, in our own words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class News(StrEnum):
    """What a mail that came back, or a provider's event, says about a message."""

    DELIVERED = "delivered"
    DELAYED = "delayed"  #: the relay goes on trying by itself
    FULL = "mailbox full"  #: worth another try, whatever the code says
    BOUNCED = "bounced"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto-reply"  #: a holiday notice or an acknowledgement: never a bounce
    REPLY = "reply"  #: a person answered the envelope
    UNCLEAR = "unclear"  #: staff should look
    FORGED = "forged"  #: for a message that is not ours


@dataclass(frozen=True, slots=True)
class Returned:
    """One piece of news.

    ``event_key`` is the same whenever the same news comes again. The message is named by its
    public id or by its Message-ID, whichever the other side gave back. ``code`` is the
    enhanced status code, such as ``5.1.1``, or empty.
    """

    provider: str
    event_key: str
    news: News
    public_id: str | None = None
    mail_id: str | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote back: to be forwarded, and then forgotten."""

    from_name: str
    from_address: str
    subject: str
    text: str
