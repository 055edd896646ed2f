"""The demonstration starts by itself and leaves nothing behind."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.servers import ServerNotReady, demonstration


def processes_in(folder: Path) -> list[str]:
    """Every process that works in a folder, by id; only Linux can tell."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append(process.name)
        except OSError:
            continue
    return found


def test_the_first_page_opens_in_every_view(page: Page) -> None:
    answer = page.goto("/")

    assert answer
    assert answer.ok


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux lists its processes so")
def test_sigterm_ends_every_process_of_it(tmp_path: Path) -> None:
    with demonstration(tmp_path) as base:
        assert processes_in(tmp_path)

    assert not processes_in(tmp_path)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", urlsplit(base).port))


def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    refused = {"CAMPAIGN_LIMITS": "perhaps"}

    with pytest.raises(ServerNotReady, match="CAMPAIGN_LIMITS"), demonstration(tmp_path, refused):
        pass
