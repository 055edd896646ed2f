"""What cannot work is refused in words, with the promised exit code and without a traceback."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from campaign_app.cli import main
from tests.cli.processes import environment, production
from tests.doors.fixtures import log_as_it_was

WEAK = [
    ("CAMPAIGN_SECRET_KEY", ""),
    ("CAMPAIGN_SECRET_KEY", "dev"),
    ("CAMPAIGN_SECRET_KEY", "short-but-odd-7f3a"),
    ("CAMPAIGN_SECRET_KEY", "changeme-changeme-changeme-changeme"),
    ("CAMPAIGN_SECRET_KEY", "a" * 64),
    ("CAMPAIGN_SEAL_KEYS", ""),
    ("CAMPAIGN_SEAL_KEYS", "c2hvcnQ="),
    ("CAMPAIGN_SEAL_KEYS", "A" * 43 + "="),
    ("CAMPAIGN_PEPPER", "password-password-password-password"),
    ("CAMPAIGN_BASE_URL", ""),
    ("CAMPAIGN_BASE_URL", "act.example.org"),
    ("CAMPAIGN_MAIL_DOMAIN", ""),
    ("CAMPAIGN_SMTP_URL", ""),
    ("CAMPAIGN_SMTP_URL", "http://mail.example.org"),
    ("CAMPAIGN_DATABASE_URL", "mysql://x"),
    ("CAMPAIGN_LIMITS", "off"),
    ("CAMPAIGN_TRUSTED_PROXIES", "everyone"),
    ("CAMPAIGN_MODE", "staging"),
]


class Command:
    """Runs our command line in this process."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.patch, self.capture = patch, capture
        for name in [name for name in os.environ if name.startswith("CAMPAIGN_")]:
            patch.delenv(name)

    def __call__(self, *words: str, **environ: str) -> tuple[int, str]:
        """The exit code and everything that was said."""
        for name, value in environ.items():
            self.patch.setenv(name, value)
        self.patch.setattr(sys, "argv", ["campaign", *words])
        with pytest.raises(SystemExit) as end:
            main()
        said = self.capture.readouterr()
        code = end.value.code
        return (code if isinstance(code, int) else 0), said.out + said.err


__all__ = ["log_as_it_was"]


@pytest.fixture
def command(
    log_as_it_was: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    return Command(monkeypatch, capsys)


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"], ["letters", "--help"]])
def test_help_needs_no_settings(command: Command, words: list[str]) -> None:
    code, said = command(*words)

    assert code == 0
    assert "Usage: campaign" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["serve", "--nonsense"],
        ["serve", "--port", "x"],
        ["serve", "--port", "70000"],
        ["letters", "nonsense"],
        ["upgrade", "now"],
    ],
)
def test_wrong_use_ends_with_2(command: Command, words: list[str]) -> None:
    code, said = command(*words)

    assert code == 2
    assert "Error: " in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "words", [["serve"], ["worker"], ["upgrade"], ["check"], ["letters", "check"]]
)
def test_without_settings_every_command_says_what_is_missing(
    command: Command, words: list[str]
) -> None:
    code, said = command(*words)

    assert code == 1
    assert said == (
        "CAMPAIGN_SECRET_KEY is not set; production needs it. "
        "Set CAMPAIGN_SECRET_KEY and start again.\n"
    )


@pytest.mark.parametrize(("name", "value"), WEAK)
def test_production_refuses_what_is_weak_and_does_not_repeat_it(
    command: Command, tmp_path: Path, name: str, value: str
) -> None:
    code, said = command("check", **{**production(tmp_path), name: value})

    assert code == 1
    assert said.startswith(f"{name} ")
    assert said.endswith(f"Set {name} and start again.\n")
    is_secret = name in {"CAMPAIGN_SECRET_KEY", "CAMPAIGN_SEAL_KEYS", "CAMPAIGN_PEPPER"}
    assert not (is_secret and len(value) > 4 and value in said)


@pytest.mark.parametrize("port", ["x", "-1", "70000", "٨٠"])
def test_a_port_that_is_none_is_refused(command: Command, tmp_path: Path, port: str) -> None:
    settings = {k: v for k, v in environment(tmp_path).items() if k.startswith("CAMPAIGN_")}
    base = {"CAMPAIGN_BASE_URL": "http://127.0.0.1"}
    code, said = command("demo", **settings, **base, PORT=port)

    assert code == 1
    assert said.endswith("PORT must be a number up to 65535. Set PORT and start again.\n")


def test_the_demonstration_does_not_run_in_production(command: Command, tmp_path: Path) -> None:
    code, said = command("demo", **production(tmp_path))

    assert code == 1
    assert said.endswith("campaign demo only runs in demo mode. Unset CAMPAIGN_MODE.\n")
