"""How the other side can fail to take a message; whether to retry is the type.

No message text here ever holds an address: a server's own words often do, so only its
numbers are kept.
"""

from __future__ import annotations

from campaign_app.errors import FinalFailure, TransientFailure


class Deferred(TransientFailure):
    """The server did not take this message now; nothing of it has arrived."""

    message = "The mail server asked us to try again later."

    def __init__(self, reply: str) -> None:
        """Keep the reply's numbers, such as ``451 4.7.1``, or one word such as ``timeout``."""
        super().__init__(f"{type(self).message} ({reply})")
        self.reply = reply


class Unreachable(Deferred):
    """The relay itself cannot be used, so no message of this batch can leave."""

    message = "The mail server could not be reached as it should be."


class InDoubt(Deferred):
    """The body left and no answer came: the other side may have it, or not."""

    message = "The mail server did not say whether it has the message."


class Refused(FinalFailure):
    """The server refused this message or its recipient for good."""

    message = "The mail server refused the message."

    def __init__(self, reply: str, message: str | None = None) -> None:
        """Keep the reply's numbers, such as ``550 5.1.1``."""
        super().__init__(f"{message or type(self).message} ({reply})")
        self.reply = reply
