"""The one place where a mail becomes bytes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from email.utils import format_datetime
from typing import Final

from campaign_app.delivery import headers
from campaign_app.delivery.addresses import ascii_domain, wired
from campaign_app.delivery.mail import (
    AUTO_GENERATED,
    EXTRA_HEADERS,
    Envelope,
    HeaderRefused,
    Mail,
    Pair,
    Person,
)

#: Takes the finished bytes and returns them signed, such as with DKIM (RFC 6376).
Sign = Callable[[bytes], bytes]

_FROM_LOCAL: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_MAIL_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}@[A-Za-z0-9.-]{1,253}")
_LINE_ENDS: Final = re.compile("\r\n?|\n")
_LONGEST_PLAIN_LINE: Final = 78  #: RFC 5322, section 2.1.1: lines should not be longer
# Programs on the way put ">" before a line that begins with From, and some lose a line's first dot.
_UNSAFE: Final = re.compile(rb"^From |^\.|[ \t]\r$|[^\t\r\n\x20-\x7e]", re.MULTILINE)
_FROM_LINE: Final = re.compile(rb"^From ", re.MULTILINE)
_DOT_LINE: Final = re.compile(rb"^\.+", re.MULTILINE)


def compose(
    mail: Mail, *, mail_domain: str, return_path: str | None = None, sign: Sign | None = None
) -> Envelope:
    """Return a mail as an envelope and bytes, ready for any server.

    The bytes are ASCII with CRLF line ends and no line above 998 characters, except that
    addresses with letters beyond ASCII before the @ stand in headers as UTF-8 (RFC 6532); then
    ``needs_smtputf8`` is true. ``return_path`` is the envelope's sender, where bounces go; the
    visible sender when it is None. ``sign`` is applied last.
    Raises HeaderRefused or AddressRefused, both InvalidInput.
    """
    sender = _sender(mail, mail_domain)
    written = "".join(_headers(mail, sender))
    encoding, body = _body(mail.text)
    data = f"{written}Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body
    return Envelope(
        mail_from=return_path or sender.address,
        rcpt_to=wired(mail.to.address).text,
        data=sign(data) if sign else data,
        needs_smtputf8=_needs_smtputf8(mail),
    )


def _sender(mail: Mail, mail_domain: str) -> Person:
    if not _FROM_LOCAL.fullmatch(mail.from_local):
        raise HeaderRefused
    return Person(mail.from_name, f"{mail.from_local}@{ascii_domain(mail_domain)}")


def _headers(mail: Mail, sender: Person) -> Iterator[str]:
    if not _MAIL_ID.fullmatch(mail.mail_id):
        raise HeaderRefused
    yield f"Date: {format_datetime(mail.date)}\r\n"
    yield headers.line("From", _mailbox(sender))
    yield headers.line("To", _mailbox(mail.to))
    if mail.reply_to is not None:
        yield headers.line("Reply-To", _mailbox(mail.reply_to))
    yield headers.line("Subject", headers.text_words(mail.subject))
    yield f"Message-ID: <{mail.mail_id}>\r\n"
    yield _AUTO_GENERATED if mail.extra == AUTO_GENERATED else "".join(_extra(mail.extra))
    yield "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"


def _mailbox(person: Person) -> list[str]:
    address = wired(person.address).text
    if not person.name:
        return [address]
    return [*headers.name_words(person.name), f"<{address}>"]


def _extra(extra: tuple[Pair, ...]) -> Iterator[str]:
    names = [name for name, _ in extra]
    if len(set(names)) < len(names) or not EXTRA_HEADERS.issuperset(names):
        raise HeaderRefused
    for name, value in extra:
        yield headers.line(name, headers.verbatim_words(value))


# Most mail carries just these, so they are written once.
_AUTO_GENERATED: Final = "".join(_extra(AUTO_GENERATED))


def _needs_smtputf8(mail: Mail) -> bool:
    people = (mail.to, mail.reply_to) if mail.reply_to else (mail.to,)
    return any(wired(person.address).beyond_ascii for person in people)


def _body(text: str) -> tuple[str, bytes]:
    """Return the name of the transfer encoding (RFC 2045, section 6) and the encoded text."""
    raw = _canonical(text)
    if (
        raw.isascii()
        and not _UNSAFE.search(raw)
        and max(map(len, raw.split(b"\r\n"))) <= _LONGEST_PLAIN_LINE
    ):
        return "7bit", raw
    quoted = _quoted_printable(raw)
    if len(quoted) <= _packed_length(raw):
        return "quoted-printable", quoted
    return "base64", base64.encodebytes(raw).replace(b"\n", b"\r\n")


def _packed_length(raw: bytes) -> int:
    """Return how long a text is in base64: lines of 57 octets become 76 characters and CRLF."""
    return 4 * -(-len(raw) // 3) + 2 * -(-len(raw) // 57)


def _canonical(text: str) -> bytes:
    """Return the text as UTF-8 with CRLF line ends, the last line ended too."""
    lines = _LINE_ENDS.sub("\n", text) if "\r" in text else text
    ended = lines.removesuffix("\n") + "\n"
    try:
        return ended.replace("\n", "\r\n").encode()
    except UnicodeEncodeError:
        raise HeaderRefused("A lone surrogate is no character.") from None


def _quoted_printable(raw: bytes) -> bytes:
    quoted = binascii.b2a_qp(raw, istext=True)
    # A soft line break follows each, so that the longer spelling keeps within 76 characters.
    quoted = _FROM_LINE.sub(b"=46rom=\r\n ", quoted)
    return _DOT_LINE.sub(_dots_apart, quoted)


def _dots_apart(dots: re.Match[bytes]) -> bytes:
    return b"=2E=\r\n" * len(dots[0])
