"""The keys of this process, made once from the settings."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(secret: bytes, label: str) -> bytes:
    """Return 32 bytes for one purpose out of a longer-lived secret (HKDF, RFC 5869)."""
    return HKDF(hashes.SHA256(), 32, salt=b"campaign_app", info=label.encode()).derive(secret)


def key_id(key: bytes) -> bytes:
    """Return the four bytes by which a sealed value names its key."""
    return hashlib.sha256(b"campaign_app key id" + key).digest()[:4]


@dataclass(frozen=True, slots=True)
class Keys:
    """Everything secret that this process works with; nothing of it is ever printed.

    ``sealing`` maps key ids to keys, the sealing one first.
    """

    sealing: dict[bytes, bytes] = field(repr=False)
    pepper: bytes = field(repr=False)
    links: bytes = field(repr=False)

    @classmethod
    def from_secrets(
        cls, secret_key: bytes, seal_keys: Sequence[bytes], pepper: bytes | None
    ) -> Keys:
        """Return the keys; without seal keys (demo, tests) one is derived."""
        chosen = tuple(seal_keys) or (derive(secret_key, "seal"),)
        return cls(
            sealing={key_id(key): key for key in chosen},
            pepper=derive(pepper or secret_key, "pepper"),
            links=derive(secret_key, "links"),
        )

    def fingerprints(self) -> dict[str, str]:
        """Return what may be stored to notice that a key was lost or changed."""
        pepper = hashlib.sha256(b"campaign_app pepper" + self.pepper).hexdigest()[:16]
        return {"pepper": pepper} | {f"seal-{name.hex()}": name.hex() for name in self.sealing}


_current: list[Keys] = []


def use(keys: Keys) -> None:
    """Make these the keys of this process; sealed columns have no other way to reach them."""
    _current[:] = [keys]


def current() -> Keys:
    """Return the keys of this process; raises RuntimeError before ``use`` was called."""
    if not _current:
        msg = "no keys are in use: create the app first"
        raise RuntimeError(msg)
    return _current[0]
