"""Reads our own code, for tests that hold its shape."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "campaign_app"


def modules() -> list[Path]:
    """Every module of campaign_app; migrations are a record, not code that grows."""
    found = PACKAGE.rglob("*.py")
    return sorted(path for path in found if "migrations" not in path.relative_to(PACKAGE).parts)


def functions() -> Iterator[tuple[str, int]]:
    """Every function with its length in lines, from def to the end, without its docstring."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", _length(node)


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return lines
    return lines - ((first.end_lineno or first.lineno) - first.lineno + 1)


def our_files() -> list[Path]:
    """Every file that git keeps or is about to; an unpacked archive has no git to ask."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        return []
    return [path for name in listed.stdout.split("\0") if (path := ROOT / name).is_file()]
