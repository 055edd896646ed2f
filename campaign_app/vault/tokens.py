"""Signed tokens for links: they name an act, never a person, and nothing of them is stored.

A token is ``id.expiry.signature``: a public id, the expiry in seconds since 1970 in
base 36, and 16 bytes of HMAC-SHA256 over purpose, id, expiry and what it is bound to.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta

from campaign_app.errors import LinkRefused
from campaign_app.vault import keys

_SHAPE = re.compile(r"([A-Za-z0-9_-]{4,40})\.([0-9a-z]{1,10})\.([A-Za-z0-9_-]{22})")
_LAST_SECOND = datetime.max.replace(tzinfo=UTC).timestamp() - 1
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def random_id() -> str:
    """Return a public id: 128 random bits as 22 letters and digits."""
    return _text(secrets.token_bytes(16))


def sign(purpose: str, public_id: str, *, expires: datetime, bound_to: bytes = b"") -> str:
    """Return a token for one purpose that dies at ``expires``.

    ``bound_to`` is anything that must still be true when it is used, such as the key
    of the address that the link was sent to.
    """
    expiry = _base36(int(expires.timestamp()))
    return f"{public_id}.{expiry}.{_signature(purpose, public_id, expiry, bound_to)}"


def subject(token: str) -> str:
    """Return the public id that a token claims; check it with ``verify`` before acting on it.

    Raises LinkRefused when the token is not even shaped like one.
    """
    return _parts(token)[0]


def verify(token: str, purpose: str, *, now: datetime, bound_to: bytes = b"") -> str:
    """Return the public id of a token that holds.

    Raises LinkRefused when it is forged, cut short, bound to something else, or expired.
    """
    public_id, expiry, signature = _parts(token)
    expected = _signature(purpose, public_id, expiry, bound_to)
    if not hmac.compare_digest(signature, expected) or int(expiry, 36) < now.timestamp():
        raise LinkRefused
    return public_id


def expiry(token: str) -> datetime:
    """Return when a token dies; raises LinkRefused when it is not shaped like one."""
    seconds = int(_parts(token)[1], 36)
    if seconds > _LAST_SECOND:
        raise LinkRefused
    return datetime.fromtimestamp(seconds, UTC)


def _parts(token: str) -> tuple[str, str, str]:
    shape = _SHAPE.fullmatch(token)
    if shape is None:
        raise LinkRefused
    return shape[1], shape[2], shape[3]


def page_token(campaign: str, *, now: datetime) -> str:
    """Return the token of a campaign page: campaign and hour, naming no visitor."""
    hour = _base36(int(now.timestamp()) // 3600)
    return f"{hour}.{_signature('page', campaign, hour, b'')}"


def page_token_holds(token: str, campaign: str, *, now: datetime, life: timedelta) -> bool:
    """Return whether a page token is ours, for this campaign, and young enough."""
    hour, _, signature = token.partition(".")
    if not re.fullmatch(r"[0-9a-z]{1,8}", hour):
        return False
    ours = hmac.compare_digest(signature.encode(), _signature("page", campaign, hour, b"").encode())
    age = int(now.timestamp()) // 3600 - int(hour, 36)
    return ours and 0 <= age <= life / timedelta(hours=1)


def code(public_id: str, issued_at: datetime) -> str:
    """Return the six-digit code of an act, as it was issued at that moment."""
    text = f"code\x1f{public_id}\x1f{int(issued_at.timestamp() * 1000)}"
    number = int.from_bytes(hmac.digest(keys.current().links, text.encode(), "sha256")[:8])
    return f"{number % 1_000_000:06d}"


def _signature(purpose: str, public_id: str, expiry: str, bound_to: bytes) -> str:
    text = f"{purpose}\x1f{public_id}\x1f{expiry}\x1f".encode() + bound_to
    return _text(hmac.digest(keys.current().links, text, "sha256")[:16])


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
