"""The campaign, somebody at its pages, and a letter."""

from __future__ import annotations

from tests.doors.fixtures import campaign, letter, someone

__all__ = ["campaign", "letter", "someone"]
