"""What people can set and run is written down, and no machine of ours is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from campaign_app import settings
from tests.architecture.sources import ROOT, our_files

# Built from names, so that this list is not itself such a path.
MACHINE_PATHS = tuple(f"/{name}/" for name in ("root", "home", "work", "Users", "opt"))
REGISTRIES = ("index-url", "extra-index", "find-links", "files.pythonhosted.org", "registry.npmjs")
READ = re.compile(r'read\.\w+\("([A-Z_]+)"|self\.(?:text|needed|http_url|number)\("([A-Z_]+)"')
TARGET = re.compile(r"^([a-z][a-z%-]*):(?!=)(.*)$", re.MULTILINE)


def variables() -> set[str]:
    """Every CAMPAIGN_ variable that settings.py reads by name, and the organisation's."""
    source = Path(settings.__file__).read_text()
    named = {first or second for first, second in READ.findall(source)}
    organisation = {f"ORGANISATION_{name.upper()}" for name in settings.Organisation.__slots__}
    return {settings.PREFIX + name for name in named | organisation}


def test_the_variables_are_found_in_the_settings() -> None:
    assert {"CAMPAIGN_MODE", "CAMPAIGN_SECRET_KEY", "CAMPAIGN_DATABASE_URL"} <= variables()


def test_every_variable_is_documented() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    words = "\n".join(page.read_text() for page in pages)

    assert not {name for name in variables() if name not in words}


def test_every_target_of_make_has_a_help_line() -> None:
    targets = dict(TARGET.findall((ROOT / "Makefile").read_text()))

    assert {"help", "demo", "test", "lint"} <= set(targets)
    assert not [name for name, rest in targets.items() if " ## " not in rest]


@pytest.mark.parametrize("words", [*MACHINE_PATHS, *REGISTRIES])
def test_no_file_names_a_machine_or_a_registry(words: str) -> None:
    # This file has to name what it looks for.
    others = [path for path in our_files() if path != Path(__file__)]

    holding = [path for path in others if words.encode() in path.read_bytes()]

    assert not [path.relative_to(ROOT).as_posix() for path in holding]


def test_every_opt_out_of_the_linter_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    lint = tomllib.loads(text)["tool"]["ruff"]["lint"]
    groups = [lint["ignore"], *lint["per-file-ignores"].values()]
    codes = {code for group in groups for code in group}

    assert not [c for c in codes if not re.search(rf'^\s+"{c}",\s+# \w.*', text, re.MULTILINE)]
