"""The mailbox of the demonstration: every mail becomes a file, and none leaves the computer."""

from __future__ import annotations

import email
import os
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from itertools import islice
from pathlib import Path
from typing import Final

from campaign_app.delivery.mail import Envelope
from campaign_app.errors import NotFound

#: Microseconds since 1970 and a random end: names sort by time, and no two writers share one.
_ID: Final = re.compile(r"[0-9]{17}-[0-9a-f]{12}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SUFFIX: Final = ".eml"
LARGEST_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One line of the mailbox's list; the words are as a reader's program shows them."""

    id: str
    to: str
    from_: str
    subject: str
    sent_at: datetime


class MailboxMailer:
    """Takes mails as a server does and keeps them in a folder; any number may write at once."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        """Name the folder, made when first needed; ``clock`` gives the moment in UTC."""
        self._folder = folder
        self._clock = clock

    def open(self) -> None:
        """Make the folder."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def send(self, envelope: Envelope, *, started: Callable[[], None] | None = None) -> str:
        """Keep one mail, wholly or not at all, and return ``250``."""
        self.open()
        if started is not None:
            started()
        _keep(self._folder, _new_id(self._clock()), envelope.data)
        return "250"

    def close(self) -> None:
        """Do nothing: there is no connection."""


def caught(folder: Path, limit: int = LARGEST_PAGE) -> list[CaughtMail]:
    """Return the newest mails, newest first, at most ``limit``; none when nothing was caught."""
    newest = sorted(_ids(folder), reverse=True)
    return [_line(mail_id, raw(folder, mail_id)) for mail_id in islice(newest, limit)]


def raw(folder: Path, mail_id: str) -> bytes:
    """Return a mail's bytes; raises NotFound for an unknown id and for what is no id at all."""
    if not _ID.fullmatch(mail_id):
        raise NotFound
    try:
        return (folder / f"{mail_id}{_SUFFIX}").read_bytes()
    except FileNotFoundError:
        raise NotFound from None


def parsed(data: bytes) -> EmailMessage:
    """Return a caught mail ready to be read: decoded headers and text."""
    # An address with letters beyond ASCII brings its headers as UTF-8 (RFC 6532), which only the
    # parser of text reads; the body is ASCII in any case.
    text = data.decode("utf-8", "replace")
    return email.message_from_string(text, policy=policy.default)


def _ids(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.suffix == _SUFFIX and _ID.fullmatch(entry.stem):
            yield entry.stem


def _line(mail_id: str, data: bytes) -> CaughtMail:
    mail = parsed(data.partition(b"\r\n\r\n")[0])
    return CaughtMail(
        id=mail_id,
        to=str(mail["To"]),
        from_=str(mail["From"]),
        subject=str(mail["Subject"]),
        sent_at=_EPOCH + timedelta(microseconds=int(mail_id.partition("-")[0])),
    )


def _new_id(now: datetime) -> str:
    return f"{(now - _EPOCH) // timedelta(microseconds=1):017d}-{secrets.token_hex(6)}"


def _keep(folder: Path, mail_id: str, data: bytes) -> None:
    """Write a file so that readers see all of it or nothing, even after a power cut."""
    being_written = folder / f".{mail_id}"
    with being_written.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    being_written.rename(folder / f"{mail_id}{_SUFFIX}")
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
