"""Signed mails verify, and a changed one does not."""

from __future__ import annotations

import dataclasses
from datetime import datetime

import dkim  # type: ignore[import-untyped]  # It has no annotations at all.
import pytest
from cryptography.hazmat.primitives import serialization

from campaign_app.delivery.compose import Sign, compose
from campaign_app.delivery.mail import AUTO_GENERATED, Mail, Person
from campaign_app.errors import SettingsRefused
from campaign_app.gateways.dkim_signing import fresh_key, signer

DOMAIN = "act.example.org"
KEY = fresh_key()


@pytest.fixture
def sign() -> Sign:
    return signer(KEY, selector="s1", domain=DOMAIN)


def verified(data: bytes) -> bool:
    public = serialization.load_pem_private_key(KEY, None).public_key()
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    import base64  # noqa: PLC0415 - only here.

    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)
    return bool(dkim.verify(data, dnsfunc=lambda _name, timeout=5: record))


@pytest.mark.parametrize("name", ["Ann", "Siân Llŷr"])
def test_a_signed_mail_verifies(sign: Sign, now: datetime, name: str) -> None:
    mail = Mail(
        from_name="A Charity",
        from_local="campaigns",
        to=Person(name, "ann@example.org"),
        subject=f"For {name}",
        text=f"Dear {name},\n\n.dot\nFrom here\n",
        mail_id=f"x@{DOMAIN}",
        date=now,
        extra=AUTO_GENERATED,
    )

    signed = compose(mail, mail_domain=DOMAIN, sign=sign)

    assert verified(signed.data)
    assert not verified(signed.data.replace(b"campaigns@", b"staff@"))
    plain = compose(dataclasses.replace(mail), mail_domain=DOMAIN)
    assert signed.data.endswith(plain.data)


@pytest.mark.parametrize("key", [b"", b"no key", fresh_key()[:200]])
def test_another_key_is_refused(key: bytes) -> None:
    with pytest.raises(SettingsRefused):
        signer(key, selector="s1", domain=DOMAIN)
