"""The campaign, somebody at its pages, and a letter; letters leave at once and nobody is held."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from campaign_app.settings import Settings
from tests.databases import settings_for
from tests.doors.fixtures import campaign, letter, someone

__all__ = ["campaign", "letter", "someone"]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings in which a letter does not wait and no limit is reached."""
    return replace(settings_for(database_url, tmp_path), letter_wait=timedelta(0), limits=False)
