"""Mail servers: one kept connection, TLS wherever it matters, and errors that are types.

No error here carries an address or a server's own words, which often repeat one.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import unquote, urlsplit

from campaign_app.delivery.mail import Envelope
from campaign_app.delivery.replies import Deferred, InDoubt, Refused, Unreachable
from campaign_app.errors import SettingsRefused

PORTS: Final = {"smtp": 25, "smtps": 465}
#: For each step of the dialogue. RFC 5321, section 4.5.3.2, allows minutes; a worker that waits
#: that long for one server sends nothing to the others.
TIMEOUT: Final = timedelta(seconds=30)

_ENHANCED: Final = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")
# TLS or a password is wanted (RFC 4954, RFC 3207): our settings are wrong, not the recipient.
_ABOUT_US: Final = frozenset({530, 534, 535, 538})
_DONE: Final = 250
_CLOSING: Final = 421
_TOO_BIG: Final = 552
_FIRST_PERMANENT: Final = 500

_Reply = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail server and how to sign in to it."""

    host: str
    port: int
    tls_at_once: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> Relay:
        """Return the relay of ``smtp://user:pass@host:587`` or ``smtps://…``.

        User and password may be percent-encoded. Raises SettingsRefused, without the URL in
        its words.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS[parts.scheme]
        except (ValueError, KeyError):
            raise SettingsRefused("The address of the mail server cannot be read.") from None
        if not parts.hostname:
            raise SettingsRefused("The address of the mail server names no host.")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if not (user + password).isascii():
            raise SettingsRefused("The user or password of the mail server is not plain ASCII.")
        return cls(parts.hostname, port, parts.scheme == "smtps", user, password)

    @property
    def is_loopback(self) -> bool:
        """Return whether the relay is this machine, where nobody can listen on the way."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


class SmtpMailer:
    """Hands mails to one relay over one connection; for one thread.

    ``timeout`` is for each step of the dialogue. ``local_hostname`` is what we call ourselves
    (RFC 5321, section 4.1.1.1): usually our mail domain. ``tls_required`` is decided by the
    host when it is None: everywhere but on loopback. ``trust`` replaces the machine's list of
    certificate authorities.
    """

    def __init__(
        self,
        url: str,
        *,
        local_hostname: str,
        timeout: timedelta = TIMEOUT,
        tls_required: bool | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Read the relay's address without connecting; raises SettingsRefused."""
        self._relay = Relay.from_url(url)
        self._local_hostname = local_hostname
        self._timeout = timeout.total_seconds()
        by_host = not self._relay.is_loopback
        self._tls_required = by_host if tls_required is None else tls_required
        self._trust = trust
        self._smtp: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect unless the connection still answers; raises Unreachable."""
        if self._smtp is not None and not _says_done(self._smtp.noop):
            self._drop()
        self._connection()

    def send(self, envelope: Envelope, *, started: Callable[[], None] | None = None) -> str:
        """Hand over one mail; return the numbers of the reply, such as ``250 2.0.0``.

        Opens the connection when there is none. Calls ``started`` just before the body leaves.
        Raises Unreachable when the relay cannot be used, Deferred when this mail should be
        tried again and nothing of it has arrived, InDoubt when the body left and no answer
        came, Refused when it or its recipient is refused for good.
        """
        dialogue = _Dialogue(self._connection(), envelope)
        try:
            return dialogue.run(started)
        except (Unreachable, InDoubt):
            # A late answer could be taken for the answer to our next command.
            self._drop()
            raise
        except (Deferred, Refused):
            self._rewind()
            raise
        except OSError as error:
            self._drop()
            raise Deferred(_name(error)) from None
        except BaseException:
            # Half a dialogue must not be taken for a fresh connection.
            self._drop()
            raise

    def close(self) -> None:
        """Say goodbye if anybody is listening; never fails."""
        if self._smtp is not None:
            with contextlib.suppress(OSError):
                self._smtp.quit()
        self._drop()

    def _rewind(self) -> None:
        """Make the connection ready for another mail (RFC 5321, section 4.1.1.5), or drop it."""
        if self._smtp is not None and not _says_done(self._smtp.rset):
            self._drop()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _connection(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = self._connected()
        return self._smtp

    def _connected(self) -> smtplib.SMTP:
        with _unreachable():
            smtp = self._greeted()
            try:
                self._secure(smtp)
                if self._relay.user:
                    smtp.login(self._relay.user, self._relay.password)
            except BaseException:
                smtp.close()
                raise
            return smtp

    def _greeted(self) -> smtplib.SMTP:
        relay = self._relay
        if relay.tls_at_once:
            return smtplib.SMTP_SSL(
                relay.host,
                relay.port,
                self._local_hostname,
                timeout=self._timeout,
                context=self._context(),
            )
        return smtplib.SMTP(relay.host, relay.port, self._local_hostname, timeout=self._timeout)

    def _context(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()

    def _secure(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self._relay.tls_at_once or not self._tls_required:
            return
        if not smtp.has_extn("starttls"):
            raise Unreachable("no TLS offered")
        smtp.starttls(context=self._context())
        # What was said before TLS counts for nothing (RFC 3207, section 4.2).
        smtp.ehlo()


class _Dialogue:
    """One mail's way through MAIL, RCPT and DATA (RFC 5321, section 3.3)."""

    def __init__(self, smtp: smtplib.SMTP, envelope: Envelope) -> None:
        self.smtp = smtp
        self.envelope = envelope

    def run(self, started: Callable[[], None] | None) -> str:
        code, text = self._mail()
        if code >= _FIRST_PERMANENT and code != _TOO_BIG:
            # A server that refuses our own address speaks about our settings, not about this
            # mail: failing every letter for it would be worse than waiting for staff.
            raise Unreachable(_numbers(code, text))
        self._expect(2, code, text)
        self._expect(2, *self.smtp.rcpt(self.envelope.rcpt_to))
        self._expect(3, *self.smtp.docmd("DATA"))
        if started is not None:
            started()
        code, text = self._body()
        self._expect(2, code, text)
        return _numbers(code, text)

    def _mail(self) -> _Reply:
        options = []
        if self.smtp.has_extn("size"):
            options.append(f"SIZE={len(self.envelope.data)}")
        if self.envelope.needs_smtputf8:
            options += self._utf8_options()
        return self.smtp.mail(self.envelope.mail_from, options)

    def _utf8_options(self) -> list[str]:
        if not self.smtp.has_extn("smtputf8"):
            raise Refused(
                "no SMTPUTF8",
                "The mail server cannot carry addresses with letters beyond a to z before the @.",
            )
        return ["BODY=8BITMIME", "SMTPUTF8"]

    def _body(self) -> _Reply:
        # When this fails, the last dot has not left, so the other side has nothing.
        self.smtp.send(_stuffed(self.envelope.data))
        try:
            return self.smtp.getreply()
        except OSError as error:
            # The other side may have it although its answer was lost (RFC 5321, section 6.1).
            raise InDoubt(_name(error)) from None

    def _expect(self, first_digit: int, code: int, text: bytes) -> None:
        if code // 100 == first_digit:
            return
        reply = _numbers(code, text)
        if code == _CLOSING or code in _ABOUT_US:
            raise Unreachable(reply)
        if code >= _FIRST_PERMANENT:
            raise Refused(reply)
        raise Deferred(reply)


@contextlib.contextmanager
def _unreachable() -> Iterator[None]:
    """Turn whatever goes wrong before the first mail into Unreachable."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        text = error.smtp_error
        raw = text if isinstance(text, bytes) else text.encode()
        raise Unreachable(_numbers(error.smtp_code, raw)) from None
    except OSError as error:
        raise Unreachable(_name(error)) from None


def _says_done(command: Callable[[], _Reply]) -> bool:
    try:
        return command()[0] == _DONE
    except OSError:
        return False


def _stuffed(data: bytes) -> bytes:
    """Return a body as DATA takes it: dots doubled, the end marked (RFC 5321, section 4.5.2)."""
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"


def _numbers(code: int, text: bytes) -> str:
    enhanced = _ENHANCED.match(text)
    return f"{code} {enhanced[1].decode()}" if enhanced else str(code)


def _name(error: OSError) -> str:
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
