"""The dialogue of SMTP: what is said for one mail, and what a reply means.

No error here carries an address or a server's own words, which often repeat one.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from typing import Final

from campaign_app.delivery.mail import Envelope
from campaign_app.delivery.replies import Deferred, InDoubt, Refused, Unreachable

_ENHANCED: Final = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")
# TLS or a password is wanted (RFC 4954, RFC 3207): our settings are wrong, not the recipient.
_ABOUT_US: Final = frozenset({530, 534, 535, 538})
_CLOSING: Final = 421
_TOO_BIG: Final = 552
_FIRST_PERMANENT: Final = 500

Reply = tuple[int, bytes]


class Dialogue:
    """One mail's way through MAIL, RCPT and DATA (RFC 5321, section 3.3)."""

    def __init__(self, smtp: smtplib.SMTP, envelope: Envelope) -> None:
        """Take a greeted server and the mail that is meant for it."""
        self.smtp = smtp
        self.envelope = envelope

    def run(self, started: Callable[[], None] | None) -> str:
        """Say all of it, waiting for each reply; see ``SmtpMailer.send``."""
        code, text = self.smtp.mail(self.envelope.mail_from, self._options())
        expect_sender(code, text)
        expect(2, *self.smtp.rcpt(self.envelope.rcpt_to))
        expect(3, *self.smtp.docmd("DATA"))
        if started is not None:
            started()
        code, text = self._body()
        expect(2, code, text)
        return numbers(code, text)

    def opening(self) -> bytes:
        """Return MAIL, RCPT and DATA to be said in one go; raises Refused as ``run`` does."""
        # The addresses were made by compose: they hold no space, bracket or line end.
        sender, recipient = self.envelope.mail_from, self.envelope.rcpt_to
        options = "".join(f" {option}" for option in self._options())
        said = f"MAIL FROM:<{sender}>{options}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n"
        return said.encode("utf-8" if self.envelope.needs_smtputf8 else "ascii")

    def _options(self) -> list[str]:
        options = []
        if self.smtp.has_extn("size"):
            options.append(f"SIZE={len(self.envelope.data)}")
        if self.envelope.needs_smtputf8:
            options += self._utf8_options()
        return options

    def _utf8_options(self) -> list[str]:
        if not self.smtp.has_extn("smtputf8"):
            raise Refused(
                "no SMTPUTF8",
                "The mail server cannot carry addresses with letters beyond a to z before the @.",
            )
        return ["BODY=8BITMIME", "SMTPUTF8"]

    def _body(self) -> Reply:
        # When this fails, the last dot has not left, so the other side has nothing.
        self.smtp.send(stuffed(self.envelope.data))
        try:
            return self.smtp.getreply()
        except OSError as error:
            # The other side may have it although its answer was lost (RFC 5321, section 6.1).
            raise InDoubt(name_of(error)) from None


def expect_sender(code: int, text: bytes) -> None:
    """Look at the reply to MAIL as ``expect`` does.

    A server that refuses our own address speaks about our settings, not about this mail:
    failing every letter for it would be worse than waiting for staff.
    """
    if code >= _FIRST_PERMANENT and code != _TOO_BIG:
        raise Unreachable(numbers(code, text))
    expect(2, code, text)


def expect(first_digit: int, code: int, text: bytes) -> None:
    """Raise Unreachable, Refused or Deferred unless a reply begins with this digit."""
    if code // 100 == first_digit:
        return
    reply = numbers(code, text)
    if code == _CLOSING or code in _ABOUT_US:
        raise Unreachable(reply)
    if code >= _FIRST_PERMANENT:
        raise Refused(reply)
    raise Deferred(reply)


def stuffed(data: bytes) -> bytes:
    """Return a body as DATA takes it: dots doubled, the end marked (RFC 5321, section 4.5.2)."""
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"


def numbers(code: int, text: bytes) -> str:
    """Return the numbers of a reply, such as ``250 2.0.0``."""
    enhanced = _ENHANCED.match(text)
    return f"{code} {enhanced[1].decode()}" if enhanced else str(code)


def name_of(error: OSError) -> str:
    """Return one word for a failure of the network: its own words may name an address."""
    # smtplib turns a timeout into a disconnection and keeps the cause as its context.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "bad certificate"
    if isinstance(error, ssl.SSLError):
        return "TLS failed"
    if isinstance(error, smtplib.SMTPServerDisconnected | ConnectionResetError | BrokenPipeError):
        return "connection lost"
    return type(error).__name__
