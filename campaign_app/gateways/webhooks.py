"""Signed webhooks of mail providers: Amazon SES by SNS, Mailgun, Postmark.

Each function takes what came over HTTP and returns news of ours, or raises WebhookRefused:
nothing that is not signed is believed. Whoever serves them answers 200 when the news is
committed, 403 for WebhookRefused, and lets everything else be an error, so that the provider
comes again.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from campaign_app.delivery.returns import News, Returned
from campaign_app.delivery.verp import message_of
from campaign_app.errors import CampaignError

#: Gives the bytes of a certificate; it is only asked for addresses of Amazon's.
FetchCertificate = Callable[[str], bytes]

MAILGUN_FRESH: Final = timedelta(hours=8)  #: Mailgun tries for eight hours

_SNS_HOST: Final = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(\.cn)?")
_SNS_PATH: Final = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem")
_SNS_SIGNED: Final = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip
_CODE: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_FULL_CODES: Final = frozenset({"4.2.2", "5.2.2"})


class WebhookRefused(CampaignError):
    """A webhook without a signature that holds."""

    message = "This call is not signed as it should be."
    what_next = "Check the keys of the mail provider in our settings."


def ses(body: bytes, *, topics: Iterable[str], fetch: FetchCertificate) -> list[Returned]:
    """Return the news of an SNS notification about SES, for one of our topics.

    A confirmation of the subscription is no news; ``ses_subscription`` gives its address.
    """
    envelope = _sns(body, topics, fetch)
    if envelope["Type"] != "Notification":
        return []
    event = _json(envelope["Message"])
    mail = event.get("mail", {})
    kind = event.get("notificationType") or event.get("eventType") or ""
    return [
        Returned(
            provider="ses",
            event_key=_key(envelope["MessageId"]),
            news=_ses_news(kind, event),
            public_id=message_of(str(mail.get("source", ""))),
            mail_id=_ses_mail_id(mail),
            code=_code(json.dumps(event.get("bounce", {}))),
        )
    ]


def ses_subscription(body: bytes, *, topics: Iterable[str], fetch: FetchCertificate) -> str | None:
    """Return the address to be called once to confirm a subscription; None for anything else."""
    envelope = _sns(body, topics, fetch)
    if envelope["Type"] != "SubscriptionConfirmation":
        return None
    url = str(envelope["SubscribeURL"])
    parts = urlsplit(url)
    if parts.scheme != "https" or not _SNS_HOST.fullmatch(parts.netloc):
        raise WebhookRefused
    return url


def mailgun(body: bytes, *, signing_key: str, now: datetime) -> list[Returned]:
    """Return the news of a Mailgun webhook (its fifth API, JSON)."""
    event = _json(body)
    signature = event.get("signature", {})
    stamp, token = str(signature.get("timestamp", "")), str(signature.get("token", ""))
    expected = hmac.new(signing_key.encode(), f"{stamp}{token}".encode(), "sha256").hexdigest()
    if not hmac.compare_digest(expected, str(signature.get("signature", ""))):
        raise WebhookRefused
    # An old call that somebody recorded is signed too.
    if not stamp.isdecimal() or abs(now.timestamp() - int(stamp)) > MAILGUN_FRESH.total_seconds():
        raise WebhookRefused
    data = event.get("event-data", {})
    status = data.get("delivery-status", {})
    words = f"{status.get('message', '')} {status.get('description', '')}"
    return [
        Returned(
            provider="mailgun",
            event_key=_key(str(data.get("id") or token)),
            news=_mailgun_news(data, words),
            public_id=message_of(str(data.get("envelope", {}).get("sender", ""))),
            mail_id=data.get("message", {}).get("headers", {}).get("message-id"),
            code=_code(words),
        )
    ]


def postmark(body: bytes, *, authorization: str | None, user: str, password: str) -> list[Returned]:
    """Return the news of a Postmark webhook, which proves itself by HTTP basic authentication.

    Postmark gives no envelope back, so our mail to it carries the header that becomes its
    ``Metadata.message``.
    """
    _refuse_other_login(authorization, user, password)
    event = _json(body)
    kind = str(event.get("RecordType", ""))
    moment = event.get("BouncedAt") or event.get("DeliveredAt") or ""
    words = f"{event.get('Details', '')} {event.get('Description', '')}"
    return [
        Returned(
            provider="postmark",
            event_key=_key(f"{kind} {event.get('ID', '')} {event.get('MessageID')} {moment}"),
            news=_postmark_news(kind, str(event.get("Type", "")), words),
            public_id=event.get("Metadata", {}).get("message"),
            code=_code(words),
        )
    ]


def _sns(body: bytes, topics: Iterable[str], fetch: FetchCertificate) -> dict[str, Any]:
    envelope = _json(body)
    names = _SNS_SIGNED.get(str(envelope.get("Type")))
    if names is None or envelope.get("TopicArn") not in set(topics):
        raise WebhookRefused
    certificate = _amazons(str(envelope.get("SigningCertURL", "")))
    signed = "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope)
    digest = hashes.SHA256() if envelope.get("SignatureVersion") == "2" else hashes.SHA1()  # noqa: S303 - the first version of SNS signs so.
    try:
        signature = base64.b64decode(str(envelope.get("Signature", "")), validate=True)
        key = x509.load_pem_x509_certificate(fetch(certificate)).public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise WebhookRefused
        key.verify(signature, signed.encode(), padding.PKCS1v15(), digest)
    except (InvalidSignature, ValueError, binascii.Error):
        raise WebhookRefused from None
    return envelope


def _amazons(url: str) -> str:
    """Return the address of a certificate if it is Amazon's own; anybody can sign with his."""
    parts = urlsplit(url)
    ours = _SNS_HOST.fullmatch(parts.netloc) and _SNS_PATH.fullmatch(parts.path)
    if parts.scheme != "https" or not ours or parts.query:
        raise WebhookRefused
    return url


def _ses_news(kind: str, event: Mapping[str, Any]) -> News:
    if kind == "Delivery":
        return News.DELIVERED
    if kind == "Complaint":
        return News.COMPLAINT
    if kind == "DeliveryDelay":
        return News.DELAYED
    if kind != "Bounce":
        return News.UNCLEAR
    bounce = event.get("bounce", {})
    if bounce.get("bounceSubType") == "MailboxFull":
        return News.FULL
    return News.BOUNCED if bounce.get("bounceType") == "Permanent" else News.DELAYED


def _ses_mail_id(mail: Mapping[str, Any]) -> str | None:
    for header in mail.get("headers", []):
        if str(header.get("name", "")).lower() == "message-id":
            return str(header.get("value", "")).strip("<>")
    return None


def _mailgun_news(data: Mapping[str, Any], words: str) -> News:
    kind = data.get("event")
    if kind == "delivered":
        return News.DELIVERED
    if kind == "complained":
        return News.COMPLAINT
    if kind != "failed":
        return News.UNCLEAR
    if _code(words) in _FULL_CODES or "mailbox full" in words.lower():
        return News.FULL
    return News.BOUNCED if data.get("severity") == "permanent" else News.DELAYED


def _postmark_news(kind: str, bounce: str, words: str) -> News:
    if kind == "Delivery":
        return News.DELIVERED
    if kind == "SpamComplaint":
        return News.COMPLAINT
    if kind != "Bounce":
        return News.UNCLEAR
    if bounce == "AutoResponder":
        return News.AUTO_REPLY
    if _code(words) in _FULL_CODES or "mailbox full" in words.lower():
        return News.FULL
    return News.DELAYED if bounce in {"Transient", "SoftBounce", "DnsError"} else News.BOUNCED


def _refuse_other_login(authorization: str | None, user: str, password: str) -> None:
    expected = base64.b64encode(f"{user}:{password}".encode()).decode()
    given = (authorization or "").removeprefix("Basic ")
    if not password or not hmac.compare_digest(given.encode(), expected.encode()):
        raise WebhookRefused


def _json(body: bytes | str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        raise WebhookRefused from None
    if not isinstance(found, dict):
        raise WebhookRefused
    return found


def _key(name: str) -> str:
    return name[:120]


def _code(words: str) -> str:
    found = _CODE.search(words)
    return found[1] if found else ""
