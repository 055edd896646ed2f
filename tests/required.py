"""Skips that say why, and that become failures where every program must be there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRE = "CAMPAIGN_TEST_REQUIRE"


def skip_without(program: str, remedy: str) -> NoReturn:
    """Skip the test because a program is missing; fail it when CAMPAIGN_TEST_REQUIRE=all."""
    reason = f"{program} was not found on this machine; {remedy}"
    if os.environ.get(REQUIRE) == "all":
        pytest.fail(f"{REQUIRE}=all, but {reason}", pytrace=False)
    pytest.skip(reason)
