"""The inbound door: raw mails that came back, from a pipe or a Maildir, read and classified.

Only the envelope's signed address says which message a mail is about. What a bounce says is
read from its delivery report (RFC 3464), then by flufl.bounce, then from its words.
"""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message
from email.utils import getaddresses, parseaddr
from pathlib import Path
from typing import Final

from flufl.bounce import all_failures

from campaign_app.delivery.returns import News, Reply, Returned
from campaign_app.delivery.verp import message_of

PROVIDER: Final = "mail"
LARGEST_TEXT: Final = 100_000  #: characters of a reply that are forwarded

_RECIPIENT_HEADERS: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
_CODE: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_SMTP_CODE: Final = re.compile(r"\b(5[05]\d|4[25]\d)[ -]")
# Offices and providers write these in English or Welsh; a full mailbox is emptied some day.
_FULL: Final = re.compile(
    r"mailbox (is )?full|over ?quota|quota exceeded|exceeded (its|the) (storage|mailbox|quota)"
    r"|insufficient (disk|system) (space|storage)|mailbox size limit|out of storage"
    r"|blwch post yn llawn",
    re.IGNORECASE,
)
_AWAY: Final = re.compile(
    r"^\s*(re:\s*)?(out of (the )?office|automatic reply|auto(matic)?[- ]?(response|reply)"
    r"|away from|on (annual |maternity )?leave|i am away|thank you for (your email|contacting)"
    r"|ateb awtomatig|allan o'r swyddfa|acknowledgement|autoreply)",
    re.IGNORECASE,
)
_BOUNCE_SENDERS: Final = re.compile(r"^(mailer-daemon|postmaster|mail delivery)", re.IGNORECASE)
_BOUNCE_SUBJECT: Final = re.compile(
    r"undeliver|delivery (status|failure|has failed)|returned mail|mail delivery failed"
    r"|failure notice|could not be delivered|delivery incomplete|delayed",
    re.IGNORECASE,
)
_TAGS: Final = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that came back, read; ``reply`` is there when a person wrote it."""

    returned: Returned
    reply: Reply | None = None


def read(raw: bytes, *, recipient: str | None = None) -> Arrived:
    """Return what a raw mail says; ``recipient`` is the envelope's, where the pipe gives it.

    A mail to an address that we never made is FORGED.
    """
    mail = email.message_from_bytes(raw, policy=policy.default)
    public_id = _message(mail, recipient)
    news, code = (News.FORGED, "") if public_id is None else _news(mail)
    returned = Returned(PROVIDER, _event_key(mail, raw), news, public_id=public_id, code=code)
    return Arrived(returned, _reply(mail) if news is News.REPLY else None)


def maildir(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield the new mails of a Maildir; move each by ``seen`` once it is written down."""
    new = folder / "new"
    if new.is_dir():
        for path in sorted(new.iterdir()):
            yield path, path.read_bytes()


def seen(path: Path) -> None:
    """Move a mail of a Maildir to those that were read."""
    kept = path.parent.parent / "cur"
    kept.mkdir(exist_ok=True)
    path.rename(kept / f"{path.name}:2,S")


def _message(mail: EmailMessage, recipient: str | None) -> str | None:
    candidates = [recipient] if recipient else []
    for name in _RECIPIENT_HEADERS:
        headers = [str(value) for value in mail.get_all(name, [])]
        candidates += [address for _, address in getaddresses(headers)]
    return next((found for one in candidates if (found := message_of(one))), None)


def _event_key(mail: EmailMessage, raw: bytes) -> str:
    # A mail that comes twice has one Message-ID; one without is known by its bytes.
    named = str(mail["Message-ID"] or "").strip().encode()
    return hashlib.sha256(named or raw).hexdigest()


def _news(mail: EmailMessage) -> tuple[News, str]:
    if _is_automatic_answer(mail):
        return News.AUTO_REPLY, ""
    if report := _report(mail):
        return report
    temporary, permanent = _failures(mail)
    if permanent or temporary or _looks_like_bounce(mail):
        return _from_words(mail, permanent=permanent, temporary=temporary)
    return News.REPLY, ""


def _failures(mail: EmailMessage) -> tuple[bool, bool]:
    """Return whether flufl.bounce finds an address that fails for a time, or for good."""
    try:
        temporary, permanent = all_failures(mail)
    except Exception:  # noqa: BLE001 - its detectors trip over mails that nobody should write.
        return False, False
    return bool(temporary), bool(permanent)


def _is_automatic_answer(mail: EmailMessage) -> bool:
    if mail.get_content_type() == "multipart/report":
        return False
    answered = str(mail["Auto-Submitted"] or "").partition(";")[0].strip().lower()
    if answered == "auto-replied":
        return True
    if any(mail[name] for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")):
        return not _looks_like_bounce(mail)
    if _looks_like_bounce(mail):
        return False
    bulk = str(mail["Precedence"] or "").strip().lower() in {"auto_reply", "bulk", "junk"}
    generated = answered not in {"", "no"}
    return bulk or generated or bool(_AWAY.search(str(mail["Subject"] or "")))


def _looks_like_bounce(mail: EmailMessage) -> bool:
    sender = parseaddr(str(mail["From"] or ""))[1] or str(mail["From"] or "")
    nobody = str(mail["Return-Path"] or "").strip() == "<>"
    from_daemon = bool(_BOUNCE_SENDERS.search(sender))
    named = bool(_BOUNCE_SUBJECT.search(str(mail["Subject"] or "")))
    return from_daemon or bool(mail["X-Failed-Recipients"]) or (nobody and named)


def _report(mail: EmailMessage) -> tuple[News, str] | None:
    """Read a delivery report or a feedback report (RFC 3464, RFC 5965)."""
    for part in mail.walk():
        if part.get_content_type() == "message/feedback-report":
            return News.COMPLAINT, ""
        if part.get_content_type() == "message/delivery-status":
            return _from_status(mail, _fields(part))
    return None


def _fields(part: EmailMessage) -> dict[str, str]:
    """Return the fields of all recipients of a report as one; ours has one recipient."""
    blocks = part.get_payload()
    found: dict[str, str] = {}
    for block in blocks if isinstance(blocks, list) else []:
        if isinstance(block, Message):
            found |= {name.lower(): str(value) for name, value in block.items()}
    return found


def _from_status(mail: EmailMessage, fields: dict[str, str]) -> tuple[News, str]:
    action = fields.get("action", "").strip().lower()
    code = _first(_CODE, fields.get("status", "") + " " + fields.get("diagnostic-code", ""))
    if action in {"delivered", "relayed", "expanded"}:
        return News.DELIVERED, code
    if action == "delayed":
        return News.DELAYED, code
    words = fields.get("diagnostic-code", "") + "\n" + _words(mail)
    if code == "5.2.2" or _FULL.search(words):
        return News.FULL, code
    if action == "failed" or code.startswith("5"):
        return News.BOUNCED, code
    return (News.DELAYED if code.startswith("4") else News.UNCLEAR), code


def _from_words(mail: EmailMessage, *, permanent: bool, temporary: bool) -> tuple[News, str]:
    words = _words(mail)
    code = _first(_CODE, words) or _first(_SMTP_CODE, words)
    if code == "5.2.2" or _FULL.search(words):
        return News.FULL, code
    if permanent or code.startswith("5"):
        return News.BOUNCED, code
    if temporary or code.startswith("4"):
        return News.DELAYED, code
    return News.UNCLEAR, code


def _first(pattern: re.Pattern[str], words: str) -> str:
    found = pattern.search(words)
    return found[1] if found else ""


def _words(mail: EmailMessage) -> str:
    """Return the text of a mail: of its plain part, else of its HTML."""
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None or part.get_content_maintype() != "text":
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeError):
        payload = part.get_payload(decode=True)
        text = payload.decode("latin-1") if isinstance(payload, bytes) else ""
    if part.get_content_subtype() == "html":
        text = _TAGS.sub(" ", text)
    return text[:LARGEST_TEXT]


def _reply(mail: EmailMessage) -> Reply:
    name, address = parseaddr(str(mail["Reply-To"] or mail["From"] or ""))
    return Reply(name, address, str(mail["Subject"] or ""), _words(mail).strip())
