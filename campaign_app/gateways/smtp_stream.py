"""Many mails over one connection without waiting in between (PIPELINING, RFC 2920).

A body and the commands of the mail after it travel in one write. A body leaves only after the
caller has dealt with the answer to the one before, so one mail at most can be in doubt.
"""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Generator, Iterator
from typing import BinaryIO, cast

from campaign_app.delivery.mail import Envelope
from campaign_app.delivery.mailers import Answer
from campaign_app.delivery.replies import Deferred, InDoubt, Refused, Unreachable
from campaign_app.errors import FinalFailure, TransientFailure
from campaign_app.gateways.smtp_dialogue import (
    Dialogue,
    Reply,
    expect,
    expect_sender,
    name_of,
    numbers,
    stuffed,
)

_RESET = b"RSET\r\n"
_NOTHING = b".\r\n"
_GO_ON = 354
_LONGEST_LINE = 8192  #: far above the 512 that RFC 5321 allows, as smtplib has it


class Stream:
    """A greeted server that offers PIPELINING, and mails for it."""

    def __init__(self, smtp: smtplib.SMTP, envelopes: Iterator[Envelope]) -> None:
        """Take a connection on which no mail has been begun."""
        self._smtp = smtp
        self._socket = cast("socket.socket", smtp.sock)
        # smtplib reads through this file too, so nothing that it has read ahead is lost.
        smtp.file = smtp.file or self._socket.makefile("rb")
        self._lines: BinaryIO = smtp.file
        self._envelopes = envelopes
        self._pending_reset = False
        self.broken = False  #: the connection is of no more use

    def run(self, first: Envelope) -> Generator[Answer, None, Envelope | None]:
        """Yield an answer to each mail; return one that must begin anew elsewhere, or None."""
        current: Envelope | None = first
        failure = self._begin(first)
        while current is not None:
            if failure is None:
                failure = self._opened()
            if failure is not None:
                yield failure
                if self.broken:
                    return next(self._envelopes, None)
                current = next(self._envelopes, None)
                failure = self._begin(current) if current else None
                continue
            current, failure = yield from self._bodies(current)
            if self.broken:
                return current
        self._finish()
        return None

    def _finish(self) -> None:
        """Leave the connection ready for another mail (RFC 5321, section 4.1.1.5)."""
        if not self._pending_reset:
            return
        try:
            expect(2, *self._smtp.rset())
        except (OSError, TransientFailure, FinalFailure):
            self.broken = True

    def _bodies(
        self, current: Envelope
    ) -> Generator[Answer, None, tuple[Envelope | None, Answer | None]]:
        """Send one body and the next mail's commands; return that mail, and how it failed."""
        following = next(self._envelopes, None)
        opening, failure = self._opening(following)
        answer = self._sent(stuffed(current.data), opening)
        yield answer
        return following, failure

    def _begin(self, envelope: Envelope) -> Answer | None:
        opening, failure = self._opening(envelope)
        if failure is not None:
            return failure
        try:
            self._socket.sendall(opening)
        except OSError as error:
            return self._lost(error)
        return None

    def _opening(self, envelope: Envelope | None) -> tuple[bytes, Answer | None]:
        """Return the commands that open a mail; nothing to say when it cannot be sent here."""
        if envelope is None:
            return b"", None
        try:
            commands = Dialogue(self._smtp, envelope).opening()
        except Refused as refused:
            return b"", refused
        return (_RESET if self._pending_reset else b"") + commands, None

    def _opened(self) -> Answer | None:
        """Read the replies to MAIL, RCPT and DATA; return why the body cannot be sent."""
        try:
            if self._pending_reset:
                expect(2, *self._reply())
                self._pending_reset = False
            replies = [self._reply() for _ in range(3)]
        except OSError as error:
            return self._lost(error)
        failure = _refusal(replies)
        if failure is not None:
            self._pending_reset = True
            self._undo(replies[2])
        return failure

    def _undo(self, to_data: Reply) -> None:
        """End a body that was allowed although nobody is to receive it (RFC 2920, section 3.1)."""
        if to_data[0] != _GO_ON:
            return
        try:
            self._socket.sendall(_NOTHING)
            self._reply()
        except OSError:
            self.broken = True

    def _sent(self, body: bytes, opening: bytes) -> Answer:
        try:
            self._socket.sendall(body + opening)
        except OSError as error:
            # Without commands behind it, the last dot is what did not leave.
            return self._in_doubt(error) if opening else self._lost(error)
        try:
            code, text = self._reply()
        except OSError as error:
            return self._in_doubt(error)
        try:
            expect(2, code, text)
        except Unreachable:
            raise
        except (Deferred, Refused) as failure:
            return failure
        return numbers(code, text)

    def _reply(self) -> Reply:
        """Read one reply, of any number of lines (RFC 5321, section 4.2.1).

        smtplib reads replies too, but it takes as long for four of them as building a mail.
        """
        lines = []
        while True:
            line = self._lines.readline(_LONGEST_LINE + 1)
            if len(line) > _LONGEST_LINE or not line[:3].isdigit():
                raise smtplib.SMTPServerDisconnected
            lines.append(line[4:].strip())
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)

    def _lost(self, error: OSError) -> Answer:
        self.broken = True
        return Deferred(name_of(error))

    def _in_doubt(self, error: OSError) -> Answer:
        self.broken = True
        return InDoubt(name_of(error))


def _refusal(replies: list[Reply]) -> TransientFailure | FinalFailure | None:
    """Return why a mail was not let in; raises Unreachable."""
    to_mail, to_recipient, to_data = replies
    try:
        expect_sender(*to_mail)
        expect(2, *to_recipient)
        expect(3, *to_data)
    except Unreachable:
        raise
    except (Deferred, Refused) as failure:
        return failure
    return None
