"""DKIM signatures (RFC 6376), for a relay that does not sign by itself; the extra ``dkim``.

Signing costs about as much as everything else about a service mail: let the relay sign where
it can. ``make bench-outbox`` states the rate with it.
"""

from __future__ import annotations

from typing import Final

import dkim  # type: ignore[import-untyped]  # It has no annotations at all.
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from campaign_app.delivery.compose import Sign
from campaign_app.errors import SettingsRefused

KEY_BITS: Final = 2048
#: What a reader sees or acts on; List-Unsubscribe must be signed to count (RFC 8058).
SIGNED: Final = (
    b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"mime-version",
    b"content-type", b"content-transfer-encoding", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip


def signer(private_key: bytes, *, selector: str, domain: str) -> Sign:
    """Return what signs finished mails with a PEM key; raises SettingsRefused for another key."""
    try:
        key = serialization.load_pem_private_key(private_key, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < KEY_BITS:
        raise SettingsRefused(f"The DKIM key must be an RSA key of {KEY_BITS} bits in PEM form.")

    def sign(data: bytes) -> bytes:
        header: bytes = dkim.sign(
            data,
            selector.encode(),
            domain.encode(),
            private_key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name for name in SIGNED if _carries(data, name)],
        )
        return header + data

    return sign


def _carries(data: bytes, name: bytes) -> bool:
    head = data.partition(b"\r\n\r\n")[0].lower()
    return head.startswith(name + b":") or b"\r\n" + name + b":" in head


def fresh_key() -> bytes:
    """Return a new private key in PEM form."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
