"""Signed webhooks: believed when the signature holds, and only then."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from flask import Flask

from campaign_app.delivery.returns import News, Returned
from campaign_app.delivery.verp import return_path
from campaign_app.gateways import webhooks
from campaign_app.gateways.webhooks import WebhookRefused
from campaign_app.vault.tokens import random_id

DOMAIN = "letters.example.org"
TOPIC = "arn:aws:sns:eu-west-2:1:bounces"
CERTIFICATE = "https://sns.eu-west-2.amazonaws.com/SimpleNotificationService-0a1b.pem"
SIGNED = (
    "Message",
    "MessageId",
    "Subject",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)


@pytest.fixture
def public_id(app: Flask) -> str:
    return random_id()


class Amazon:
    """Signs as SNS does, with a certificate of its own."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.test")])
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )
        self.certificate = made.public_bytes(serialization.Encoding.PEM)
        self.asked: list[str] = []

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        return self.certificate

    def signed(self, version: str = "2", **fields: str) -> bytes:
        envelope = {"TopicArn": TOPIC, "MessageId": "m-1", "Timestamp": "2026-11-20", **fields}
        names = [name for name in SIGNED if name in envelope]
        text = "".join(f"{name}\n{envelope[name]}\n" for name in names).encode()
        digest = hashes.SHA256() if version == "2" else hashes.SHA1()
        signature = self.key.sign(text, padding.PKCS1v15(), digest)
        more = {"Signature": base64.b64encode(signature).decode(), "SignatureVersion": version}
        return json.dumps({"SigningCertURL": CERTIFICATE, **envelope, **more}).encode()

    def event(self, event: dict[str, Any], version: str = "2") -> bytes:
        return self.signed(version, Type="Notification", Message=json.dumps(event))


@pytest.fixture(scope="module")
def amazon() -> Amazon:
    return Amazon()


def from_ses(amazon: Amazon, body: bytes) -> list[Returned]:
    return webhooks.ses(body, topics=[TOPIC], fetch=amazon.fetch)


BOUNCE = {"bounceType": "Permanent", "bounceSubType": "General"}


@pytest.mark.parametrize(
    ("event", "news"),
    [
        ({"notificationType": "Bounce", "bounce": BOUNCE}, News.BOUNCED),
        ({"eventType": "Bounce", "bounce": {"bounceType": "Transient"}}, News.DELAYED),
        (
            {
                "notificationType": "Bounce",
                "bounce": {"bounceType": "Transient", "bounceSubType": "MailboxFull"},
            },
            News.FULL,
        ),
        ({"notificationType": "Complaint"}, News.COMPLAINT),
        ({"notificationType": "Delivery"}, News.DELIVERED),
        ({"eventType": "DeliveryDelay"}, News.DELAYED),
        ({"eventType": "Open"}, News.UNCLEAR),
    ],
)
@pytest.mark.parametrize("version", ["1", "2"])
def test_news_from_ses(
    amazon: Amazon, public_id: str, event: dict[str, Any], news: News, version: str
) -> None:
    mail = {"source": return_path(public_id, DOMAIN)}

    [returned] = from_ses(amazon, amazon.event({**event, "mail": mail}, version))

    assert (returned.news, returned.public_id, returned.provider) == (news, public_id, "ses")
    assert returned.event_key == "m-1"


def test_ses_may_name_the_message_by_its_header(amazon: Amazon, public_id: str) -> None:
    mail = {"headers": [{"name": "Message-ID", "value": "<x@letters.example.org>"}]}

    [returned] = from_ses(amazon, amazon.event({"notificationType": "Delivery", "mail": mail}))

    assert (returned.public_id, returned.mail_id) == (None, "x@letters.example.org")


@pytest.mark.parametrize(
    "change",
    [
        {"Message": "{}"},
        {"TopicArn": "arn:aws:sns:eu-west-2:2:theirs"},
        {"Type": "Other"},
        {"Signature": "AAAA"},
        {"Signature": "no base64 at all"},
        {
            "SigningCertURL": "https://sns.eu-west-2.amazonaws.com.evil.example/SimpleNotificationService-a.pem"
        },
        {"SigningCertURL": "http://sns.eu-west-2.amazonaws.com/SimpleNotificationService-a.pem"},
        {"SigningCertURL": "https://sns.eu-west-2.amazonaws.com/other.pem"},
        {
            "SigningCertURL": "https://evil@sns.eu-west-2.amazonaws.com/SimpleNotificationService-a.pem"
        },
    ],
)
def test_what_amazon_did_not_sign_is_refused(amazon: Amazon, change: dict[str, str]) -> None:
    body = json.loads(amazon.event({"notificationType": "Delivery"})) | change
    amazon.asked.clear()

    with pytest.raises(WebhookRefused):
        from_ses(amazon, json.dumps(body).encode())
    assert set(amazon.asked) <= {CERTIFICATE}


def test_a_subscription_is_confirmed_at_amazon_s_own_address(amazon: Amazon) -> None:
    url = "https://sns.eu-west-2.amazonaws.com/?Action=ConfirmSubscription&Token=t"
    kind = {"Type": "SubscriptionConfirmation", "Message": "m", "Token": "t"}

    found = webhooks.ses_subscription(
        amazon.signed(SubscribeURL=url, **kind), topics=[TOPIC], fetch=amazon.fetch
    )
    elsewhere = amazon.signed(SubscribeURL="https://evil.example/", **kind)

    assert found == url
    assert from_ses(amazon, amazon.signed(SubscribeURL=url, **kind)) == []
    with pytest.raises(WebhookRefused):
        webhooks.ses_subscription(elsewhere, topics=[TOPIC], fetch=amazon.fetch)


def mailgun_body(data: dict[str, Any], now: datetime, key: str = "key") -> bytes:
    stamp, token = str(int(now.timestamp())), "t" * 50
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), "sha256").hexdigest()
    signed = {"timestamp": stamp, "token": token, "signature": signature}
    return json.dumps({"signature": signed, "event-data": data}).encode()


@pytest.mark.parametrize(
    ("data", "news", "code"),
    [
        ({"event": "delivered"}, News.DELIVERED, ""),
        ({"event": "complained"}, News.COMPLAINT, ""),
        ({"event": "failed", "severity": "temporary"}, News.DELAYED, ""),
        (
            {
                "event": "failed",
                "severity": "permanent",
                "delivery-status": {"message": "5.1.1 no"},
            },
            News.BOUNCED,
            "5.1.1",
        ),
        (
            {"event": "failed", "severity": "permanent", "delivery-status": {"message": "5.2.2 q"}},
            News.FULL,
            "5.2.2",
        ),
        ({"event": "opened"}, News.UNCLEAR, ""),
    ],
)
def test_news_from_mailgun(
    public_id: str, now: datetime, data: dict[str, Any], news: News, code: str
) -> None:
    data = {"id": "e-1", "envelope": {"sender": return_path(public_id, DOMAIN)}, **data}

    [returned] = webhooks.mailgun(mailgun_body(data, now), signing_key="key", now=now)

    assert (returned.news, returned.code, returned.public_id) == (news, code, public_id)


@pytest.mark.parametrize(("key", "age"), [("other", timedelta()), ("key", timedelta(hours=9))])
def test_mailgun_is_believed_with_its_key_and_in_time(
    now: datetime, key: str, age: timedelta
) -> None:
    with pytest.raises(WebhookRefused):
        webhooks.mailgun(mailgun_body({}, now - age, key), signing_key="key", now=now)


def login(user: str = "campaign", password: str = "secret") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def from_postmark(event: dict[str, Any], authorization: str | None) -> list[Returned]:
    body = json.dumps(event).encode()
    return webhooks.postmark(body, authorization=authorization, user="campaign", password="secret")


@pytest.mark.parametrize(
    ("event", "news"),
    [
        ({"RecordType": "Delivery"}, News.DELIVERED),
        ({"RecordType": "SpamComplaint"}, News.COMPLAINT),
        ({"RecordType": "Bounce", "Type": "HardBounce"}, News.BOUNCED),
        ({"RecordType": "Bounce", "Type": "SoftBounce"}, News.DELAYED),
        ({"RecordType": "Bounce", "Type": "AutoResponder"}, News.AUTO_REPLY),
        ({"RecordType": "Bounce", "Type": "HardBounce", "Details": "Mailbox full"}, News.FULL),
        ({"RecordType": "Open"}, News.UNCLEAR),
    ],
)
def test_news_from_postmark(event: dict[str, Any], news: News) -> None:
    [returned] = from_postmark({"Metadata": {"message": "abc"}, "ID": 7, **event}, login())

    assert (returned.news, returned.public_id) == (news, "abc")


@pytest.mark.parametrize("authorization", [None, "", login(password="other"), "Bearer x"])
def test_postmark_proves_itself_by_its_login(authorization: str | None) -> None:
    with pytest.raises(WebhookRefused):
        from_postmark({"RecordType": "Delivery"}, authorization)


@pytest.mark.parametrize("body", [b"", b"[]", b"no json", b"\xff"])
def test_what_is_no_event_is_refused(amazon: Amazon, now: datetime, body: bytes) -> None:
    with pytest.raises(WebhookRefused):
        from_ses(amazon, body)
    with pytest.raises(WebhookRefused):
        webhooks.mailgun(body, signing_key="key", now=now)
    with pytest.raises(WebhookRefused):
        webhooks.postmark(body, authorization=login(), user="campaign", password="secret")
