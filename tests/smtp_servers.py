"""Real SMTP servers on loopback, well-behaved or not, for tests that send over a socket.

Each listens on a free port for as long as its ``with`` block lasts:

    with smtp_server() as server:
        SmtpMailer(server.url, local_hostname="example.org").send(envelope)
    assert server.received[0].rcpt_to == "office@example.org"

How a server misbehaves is a function of the verb and its argument: it returns another reply
than the usual one, raises Hangup, or takes its time. Two steps have no verb of their own:
CONNECT comes before the greeting, BODY after the last dot, and BODYLINE at the first line.
"""

from __future__ import annotations

import datetime as dt
import email
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

#: The verb and its argument; a reply, or None for the usual one.
Misbehave = Callable[[str, str], str | None]

USUAL = {
    "CONNECT": "220 test ESMTP",
    "HELO": "250 test",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "BODY": "250 2.0.0 taken",
    "RSET": "250 2.0.0 ok",
    "NOOP": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 goodbye",
    "STARTTLS": "220 2.0.0 go on",
    "AUTH": "235 2.7.0 welcome",
}
EXTENSIONS = ("SIZE 10000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")


class Hangup(Exception):
    """The server drops the connection without a word."""


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as the server took it, its dots undone."""

    mail_from: str
    rcpt_to: str
    data: bytes
    over_tls: bool

    @property
    def parsed(self) -> EmailMessage:
        """The mail as the standard parser reads it."""
        return email.message_from_bytes(self.data, policy=policy.default)


@dataclass
class SmtpServer:
    """What a test sees of a server: where it is, what it took, what it was told."""

    port: int = 0
    scheme: str = "smtp"
    received: list[Received] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)  #: verbs, over all connections
    said: list[str] = field(default_factory=list)  #: whole command lines
    connections: int = 0

    @property
    def url(self) -> str:
        """The address of the server, without user and password."""
        return f"{self.scheme}://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class _Nature:
    misbehave: Misbehave
    extensions: Sequence[str]
    tls: ssl.SSLContext | None
    tls_at_once: bool


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, log: SmtpServer, nature: _Nature) -> None:
        self.log = log
        self.nature = nature
        super().__init__(("127.0.0.1", 0), _Dialogue)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that hang up in the middle are what many tests are about."""


class _Dialogue(socketserver.StreamRequestHandler):
    server: _Listener

    def handle(self) -> None:
        self.log, self.nature, self.over_tls = self.server.log, self.server.nature, False
        self.mail_from = self.rcpt_to = ""
        self.log.connections += 1
        try:
            if self.nature.tls_at_once:
                self._secure()
            self._say("CONNECT")
            while self._step():
                pass
        except (Hangup, OSError):
            return

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        # The server itself closes only the socket that lay under TLS.
        self.request.close()

    def _step(self) -> bool:
        line = self.rfile.readline()
        if not line:
            return False
        text = line.decode().rstrip("\r\n")
        verb, _, argument = text.partition(" ")
        verb = verb.upper()
        self.log.said.append(text)
        self._answer(verb, argument)
        return verb != "QUIT"

    def _answer(self, verb: str, argument: str) -> None:
        if verb == "EHLO":
            self._extensions(argument)
            return
        good = self._say(verb, argument)
        if verb == "MAIL":
            self.mail_from = _address(argument)
        elif verb == "RCPT":
            self.rcpt_to = _address(argument)
        elif verb == "STARTTLS" and good:
            self._secure()
        elif verb == "DATA" and good:
            self._body()

    def _say(self, verb: str, argument: str = "") -> bool:
        self.log.heard.append(verb)
        changed = self.nature.misbehave(verb, argument)
        reply = changed or USUAL.get(verb, "502 5.5.1 unknown")
        self.wfile.write(reply.encode() + b"\r\n")
        return changed is None or changed[0] in "23"

    def _extensions(self, argument: str) -> None:
        self.log.heard.append("EHLO")
        if changed := self.nature.misbehave("EHLO", argument):
            self.wfile.write(changed.encode() + b"\r\n")
            return
        names = list(self.nature.extensions)
        if self.nature.tls is not None and not self.over_tls:
            names.append("STARTTLS")
        lines = ["test", *names]
        marks = ["-"] * (len(lines) - 1) + [" "]
        for mark, line in zip(marks, lines, strict=True):
            self.wfile.write(f"250{mark}{line}\r\n".encode())

    def _body(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise Hangup
            if not lines:
                self.nature.misbehave("BODYLINE", "")
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        mail = Received(self.mail_from, self.rcpt_to, b"".join(lines), self.over_tls)
        # The mail counts as taken before its answer is on the way: a client that asks what has
        # arrived as soon as it hears the answer must find it.
        self.log.received.append(mail)
        if not self._say("BODY"):
            self.log.received.remove(mail)

    def _secure(self) -> None:
        assert self.nature.tls is not None
        self.request = self.nature.tls.wrap_socket(self.request, server_side=True)
        self.over_tls = True
        self.rfile = self.request.makefile("rb")
        self.wfile = socketserver._SocketWriter(self.request)  # type: ignore[attr-defined]


def _address(argument: str) -> str:
    return argument.partition("<")[2].partition(">")[0]


def as_usual(_verb: str, _argument: str) -> str | None:
    """Misbehave in no way."""
    return None


@contextmanager
def smtp_server(
    misbehave: Misbehave = as_usual,
    *,
    extensions: Sequence[str] = EXTENSIONS,
    tls: ssl.SSLContext | None = None,
    tls_at_once: bool = False,
) -> Iterator[SmtpServer]:
    """A server that takes every mail, but for what ``misbehave`` says.

    With ``tls`` it offers STARTTLS, or speaks TLS from the first byte with ``tls_at_once``.
    """
    log = SmtpServer(scheme="smtps" if tls_at_once else "smtp")
    with _Listener(log, _Nature(misbehave, extensions, tls, tls_at_once)) as listener:
        log.port = listener.server_address[1]
        # The default of half a second would make every test wait for its own end.
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield log
        finally:
            listener.shutdown()
            thread.join()


def replying(verb: str, reply: str) -> Misbehave:
    """Answer one verb always with this reply."""
    return lambda heard, _argument: reply if heard == verb else None


def replying_first(verb: str, reply: str, times: int = 1) -> Misbehave:
    """Answer one verb with this reply for the first times, then as usual: greylisting."""
    left = [reply] * times
    return lambda heard, _argument: left.pop() if heard == verb and left else None


def hanging_up_at(verb: str, times: int = 1000) -> Misbehave:
    """Drop the connection when this verb comes, for the first times."""
    left = [verb] * times

    def misbehave(heard: str, _argument: str) -> str | None:
        if heard == verb and left:
            left.pop()
            raise Hangup
        return None

    return misbehave


def slow_at(verb: str, released: threading.Event, seconds: float = 20) -> Misbehave:
    """Say nothing to this verb until the event is set, or the seconds are over."""

    def misbehave(heard: str, _argument: str) -> str | None:
        if heard == verb:
            released.wait(seconds)
        return None

    return misbehave


@dataclass(frozen=True)
class Certificate:
    """A certificate of a server that signed it itself."""

    for_server: ssl.SSLContext
    trusted: ssl.SSLContext  #: for a client that trusts it, and nobody else


def certificate(folder: Path, *, address: str = "127.0.0.1") -> Certificate:
    """A certificate for an IP address, made now."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(key, address)
    chain = folder / "server.pem"
    chain.write_bytes(_pem(key) + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return Certificate(server, ssl.create_default_context(cafile=str(chain)))


def _certificate(key: ec.EllipticCurvePrivateKey, address: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test's mail server")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(yesterday)
        .not_valid_after(yesterday + dt.timedelta(days=30))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
