"""Sealed columns: personal values that only a holder of the key can read.

A value is one version byte, four bytes of key id, a 12-byte nonce, and the AES-256-GCM
ciphertext with its tag. The associated data is ``table.column``, so that a value
cannot be moved to another column unnoticed.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

from campaign_app.errors import KeyMissing
from campaign_app.vault import keys

VERSION = b"\x01"
NONCE_BYTES = 12
_HEAD = 1 + 4 + NONCE_BYTES


def seal(text: str, place: str) -> bytes:
    """Return ``text`` sealed with the newest key for the column named ``place``."""
    name, key = next(iter(keys.current().sealing.items()))
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + name + nonce + AESGCM(key).encrypt(nonce, text.encode(), place.encode())


def unseal(value: bytes, place: str) -> str:
    """Return the text of a sealed value.

    Raises KeyMissing when its key is not among ours, or the value was changed or moved.
    """
    key = keys.current().sealing.get(value[1:5])
    if key is None or value[:1] != VERSION:
        raise KeyMissing
    try:
        opened = AESGCM(key).decrypt(value[5:_HEAD], value[_HEAD:], place.encode())
    except (InvalidTag, ValueError):  # ValueError: cut short before its nonce ends.
        raise KeyMissing("A sealed value was changed or belongs elsewhere.") from None
    return opened.decode()


class Sealed(TypeDecorator[str]):
    """A text column kept sealed; ``place`` is its ``table.column``."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        """Bind the type to one column."""
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> bytes | None:
        """Seal a value on its way in."""
        return None if value is None else seal(value, self.place)

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> str | None:
        """Open a value on its way out."""
        return None if value is None else unseal(bytes(value), self.place)
