"""The wheel holds everything: templates, static files and letters too."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.browser.servers import demonstration

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command away from the checkout, so that nothing of it is found by chance."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, cwd=cwd, env=environment, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and install it into an empty environment; return its folder."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    run(sys.executable, "-m", "venv", folder / "environment", cwd=folder)
    python = folder / "environment/bin/python"
    (wheel,) = folder.glob("campaign_app-*.whl")
    run(python, *pip[1:], "install", wheel, cwd=folder)
    return folder / "environment"


@pytest.mark.full
def test_the_wheel_serves_a_page_from_an_empty_environment(installed: Path, tmp_path: Path) -> None:
    with demonstration(tmp_path, program=installed / "bin/campaign") as base:
        with urllib.request.urlopen(f"{base}/campaigns/fair-care-everywhere") as page:
            words = page.read().decode()

        assert page.status == 200
        assert "Fair breast cancer care" in words
        assert 'href="/static/css/site.css' in words
