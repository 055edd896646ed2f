"""The envelope's sender: one address for each message, so that what comes back finds it.

``b-<token>@domain`` where the token is the message's id and a signature, in letters that any
server may change the case of (RFC 5321, section 2.4). A forged one is nobody's.
"""

from __future__ import annotations

import base64
import hmac
import re
from typing import Final

from campaign_app.vault import keys

_ID_BYTES: Final = 16
_SIGNATURE_BYTES: Final = 9  #: with the id 25 bytes, which are 40 letters without padding
_LOCAL: Final = re.compile(r"b-([a-z2-7]{40})", re.IGNORECASE)


def return_path(public_id: str, mail_domain: str) -> str:
    """Return the address to which everything about a message comes back."""
    raw = base64.urlsafe_b64decode(public_id + "==")
    token = base64.b32encode(raw + _signature(raw)).decode().lower()
    return f"b-{token}@{mail_domain}"


def message_of(address: str) -> str | None:
    """Return the public id that an address was made for; None when it was not made by us."""
    found = _LOCAL.fullmatch(address.partition("@")[0].strip().lstrip("<"))
    if found is None:
        return None
    raw = base64.b32decode(found[1].upper())
    public, signature = raw[:_ID_BYTES], raw[_ID_BYTES:]
    if not hmac.compare_digest(signature, _signature(public)):
        return None
    return base64.urlsafe_b64encode(public).rstrip(b"=").decode()


def _signature(raw: bytes) -> bytes:
    return hmac.digest(keys.current().links, b"return-path\x1f" + raw, "sha256")[:_SIGNATURE_BYTES]
