"""The import contracts of docs/decisions/0001 are kept, and each of them can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE, ROOT


def lint_imports(project: Path) -> subprocess.CompletedProcess[str]:
    # The copy comes first on the path, before the checkout that is installed here.
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo"],
        cwd=project,
        env={"PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code alone, so that a fault can be put into it."""
    ignored = shutil.ignore_patterns("__pycache__", "*.md", "*.csv")
    shutil.copytree(PACKAGE, tmp_path / "campaign_app", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_are_kept() -> None:
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("places/fault.py", "import campaign_app.actions", "Doors, acts, rooms and a cellar"),
        ("places/fault.py", "import campaign_app.letters", "Doors, acts, rooms and a cellar"),
        ("vault/fault.py", "import campaign_app.evidence", "Doors, acts, rooms and a cellar"),
        ("utils.py", "", "Doors, acts, rooms and a cellar"),
        ("letters/fault.py", "from flask import g", "Flask is known at the doors only"),
        ("gateways/fault.py", "import flask", "Flask is known at the doors only"),
        ("clock.py", "import werkzeug", "Flask is known at the doors only"),
        ("evidence/fault.py", "import flask_sqlalchemy", "Flask is known at the doors only"),
        ("delivery/fault.py", "import smtplib", "Only gateways talk to the network"),
        ("web/fault.py", "import requests", "Only gateways talk to the network"),
        ("settings.py", "import socket", "Only gateways talk to the network"),
        ("places/fault.py", "import campaign_app.places.other", "No cycles inside a room"),
    ],
)
def test_a_forbidden_import_is_found(copy: Path, module: str, line: str, contract: str) -> None:
    with (copy / "campaign_app" / module).open("a") as fault:
        fault.write(f"\n{line}\n")
    (copy / "campaign_app/places/other.py").write_text("import campaign_app.places.fault\n")
    if not (copy / "campaign_app/places/fault.py").exists():
        (copy / "campaign_app/places/fault.py").touch()

    result = lint_imports(copy)

    assert result.returncode == 1, result.stdout + result.stderr
    assert [row for row in result.stdout.splitlines() if contract in row and "BROKEN" in row]
