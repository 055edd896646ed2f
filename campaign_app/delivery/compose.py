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
from campaign_app.delivery.mail import EXTRA_HEADERS, Envelope, HeaderRefused, Mail, Person

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


def compose(mail: Mail, *, mail_domain: str, sign: Sign | None = None) -> Envelope:
    """Return a mail as an envelope and bytes, ready for any server.

    The bytes are ASCII with CRLF line ends and no line above 998 characters, except that
    addresses with letters beyond ASCII before the @ stand in headers as UTF-8 (RFC 6532); then
    ``needs_smtputf8`` is true. ``sign`` is applied last.
    Raises HeaderRefused or AddressRefused, both InvalidInput.
    """
    sender = _sender(mail, mail_domain)
    written = "".join(_headers(mail, sender))
    encoding, body = _body(mail.text)
    data = f"{written}Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body
    return Envelope(
        mail_from=sender.address,
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
    yield headers.line("Date", [format_datetime(mail.date)])
    yield headers.line("From", _mailbox(sender))
    yield headers.line("To", _mailbox(mail.to))
    if mail.reply_to is not None:
        yield headers.line("Reply-To", _mailbox(mail.reply_to))
    yield headers.line("Subject", headers.text_words(mail.subject))
    yield headers.line("Message-ID", [f"<{mail.mail_id}>"])
    yield from _extra(mail)
    yield headers.line("MIME-Version", ["1.0"])
    yield headers.line("Content-Type", ["text/plain;", "charset=utf-8"])


def _mailbox(person: Person) -> list[str]:
    address = wired(person.address).text
    if not person.name:
        return [address]
    return [*headers.name_words(person.name), f"<{address}>"]


def _extra(mail: Mail) -> Iterator[str]:
    names = [name for name, _ in mail.extra]
    if len(set(names)) < len(names) or not EXTRA_HEADERS.issuperset(names):
        raise HeaderRefused
    for name, value in mail.extra:
        yield headers.line(name, headers.verbatim_words(value))


def _needs_smtputf8(mail: Mail) -> bool:
    people = (mail.to, mail.reply_to) if mail.reply_to else (mail.to,)
    return any(wired(person.address).beyond_ascii for person in people)


def _body(text: str) -> tuple[str, bytes]:
    """Return the name of the transfer encoding (RFC 2045, section 6) and the encoded text."""
    raw = _canonical(text)
    if not _UNSAFE.search(raw) and max(map(len, raw.split(b"\r\n"))) <= _LONGEST_PLAIN_LINE:
        return "7bit", raw
    quoted = _quoted_printable(raw)
    packed = base64.encodebytes(raw).replace(b"\n", b"\r\n")
    if len(quoted) <= len(packed):
        return "quoted-printable", quoted
    return "base64", packed


def _canonical(text: str) -> bytes:
    """Return the text as UTF-8 with CRLF line ends, the last line ended too."""
    lines = _LINE_ENDS.sub("\n", text).removesuffix("\n").split("\n")
    try:
        return "".join(f"{line}\r\n" for line in lines).encode()
    except UnicodeEncodeError:
        raise HeaderRefused("A lone surrogate is no character.") from None


def _quoted_printable(raw: bytes) -> bytes:
    quoted = binascii.b2a_qp(raw, istext=True)
    # A soft line break follows each, so that the longer spelling keeps within 76 characters.
    quoted = _FROM_LINE.sub(b"=46rom=\r\n ", quoted)
    return _DOT_LINE.sub(lambda dots: b"=2E=\r\n" * len(dots[0]), quoted)
