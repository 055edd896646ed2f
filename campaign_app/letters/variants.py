"""Choose a letter's subject and opening from a seed, so that the choice can be replayed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence


def letter_seed(person_key: bytes, campaign: str) -> bytes:
    """Return the 16-byte seed of one person's letter in one campaign, by its slug.

    The same person gets the same letter again however often the page is shown, and another
    choice in another campaign. The person cannot be told from the seed.
    """
    return hmac.new(person_key, campaign.encode(), hashlib.sha256).digest()[:16]


def choose(options: Sequence[str], seed: bytes, purpose: str) -> str:
    """Return one of the options, picked by HMAC-SHA-256 of the purpose under the seed.

    ``purpose`` ("subject", "opening") keeps the choices of one letter independent. The first
    eight bytes are taken modulo the number of options; the bias is below one in 10**18.
    Raises ValueError when there is nothing to choose from.
    """
    if not options:
        raise ValueError(f"There is no {purpose} to choose from.")
    digest = hmac.new(seed, purpose.encode(), hashlib.sha256).digest()
    return options[int.from_bytes(digest[:8]) % len(options)]
