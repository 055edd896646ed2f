"""Mail servers: one kept connection, TLS wherever it matters, and errors that are types.

No error here carries an address or a server's own words, which often repeat one.
"""

from __future__ import annotations

import contextlib
import ipaddress
import smtplib
import ssl
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import unquote, urlsplit

from campaign_app.delivery.mail import Envelope
from campaign_app.delivery.mailers import Answer, answer_of
from campaign_app.delivery.replies import Deferred, InDoubt, Refused, Unreachable
from campaign_app.errors import SettingsRefused
from campaign_app.gateways.smtp_dialogue import Dialogue, Reply, name_of, numbers
from campaign_app.gateways.smtp_stream import Stream

PORTS: Final = {"smtp": 25, "smtps": 465}
#: For each step of the dialogue. RFC 5321, section 4.5.3.2, allows minutes; a worker that waits
#: that long for one server sends nothing to the others.
TIMEOUT: Final = timedelta(seconds=30)

_DONE: Final = 250


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
    def name(self) -> str:
        """Return how workers speak of it among themselves: never with its password."""
        return f"{self.host}:{self.port}"[:120]

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
        dialogue = Dialogue(self._connection(), envelope)
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
            raise Deferred(name_of(error)) from None
        except BaseException:
            # Half a dialogue must not be taken for a fresh connection.
            self._drop()
            raise

    def deliver(self, envelopes: Iterator[Envelope]) -> Iterator[Answer]:
        """Hand over mails and yield an answer to each; see ``StreamingMailer.deliver``.

        Where the server offers it, commands travel with the body before them (PIPELINING, RFC
        2920). Raises Unreachable.
        """
        coming = next(envelopes, None)
        while coming is not None:
            if self._connection().has_extn("pipelining"):
                coming = yield from self._streamed(coming, envelopes)
            else:
                yield answer_of(self, coming)
                coming = next(envelopes, None)

    def _streamed(
        self, first: Envelope, envelopes: Iterator[Envelope]
    ) -> Generator[Answer, None, Envelope | None]:
        """Stream until the mails or the connection end; return the mail to begin anew with."""
        stream = Stream(self._connection(), envelopes)
        try:
            coming = yield from stream.run(first)
        except BaseException:
            # Half a dialogue must not be taken for a fresh connection.
            self._drop()
            raise
        if stream.broken:
            self._drop()
        return coming

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


@contextlib.contextmanager
def _unreachable() -> Iterator[None]:
    """Turn whatever goes wrong before the first mail into Unreachable."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        text = error.smtp_error
        raw = text if isinstance(text, bytes) else text.encode()
        raise Unreachable(numbers(error.smtp_code, raw)) from None
    except OSError as error:
        raise Unreachable(name_of(error)) from None


def _says_done(command: Callable[[], Reply]) -> bool:
    try:
        return command()[0] == _DONE
    except OSError:
        return False
