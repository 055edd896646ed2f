"""The register of personal columns: each says why it is held, who sees it and when it goes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Erasure(StrEnum):
    """What erasing a person does to a column."""

    CLEARED = "cleared"
    ROW_REMOVED = "row removed"
    KEPT = "kept, because it cannot be led back to a person without our keys"


@dataclass(frozen=True, slots=True)
class Personal:
    """One register entry.

    ``purpose`` and ``kept`` are plain words; ``seen_by`` names roles or receivers;
    ``basis`` is the lawful basis (UK GDPR article 6, and 9 where it applies).
    """

    purpose: str
    basis: str
    seen_by: tuple[str, ...]
    kept: str
    erasure: Erasure


def personal(
    purpose: str,
    *,
    basis: str = "legitimate interests",
    seen_by: tuple[str, ...] = (),
    kept: str,
    erasure: Erasure = Erasure.CLEARED,
) -> dict[str, Any]:
    """Return the ``info`` of a personal column."""
    return {"personal": Personal(purpose, basis, seen_by, kept, erasure)}
