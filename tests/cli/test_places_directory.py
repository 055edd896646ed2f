"""The commands about the imported directory: words, JSON, progress, exit codes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo

from campaign_app.cli import places_directory
from campaign_app.cli.places_directory import import_directory, show_directory
from campaign_app.errors import CampaignError
from campaign_app.places.imported.mapped import MappedDirectory
from tests.databases import settings_for
from tests.places.imported.editions import SOUTHWARK, csv_file, small, text


@pytest.fixture
def bare_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An app with settings and nothing else: these commands need no database."""
    monkeypatch.chdir(tmp_path)
    app = Flask("test")
    app.extensions["campaign_settings"] = settings_for("sqlite:///unused.db", tmp_path)
    return app


@pytest.fixture
def target(bare_app: Flask) -> Path:
    with bare_app.app_context():
        return places_directory.directory_path()


def run(app: Flask, command: click.Command, *arguments: object) -> Result:
    script = ScriptInfo(create_app=lambda: app, set_debug_flag=False)
    return CliRunner().invoke(command, [str(argument) for argument in arguments], obj=script)


def test_an_import_tells_what_it_did(bare_app: Flask, tmp_path: Path, target: Path) -> None:
    result = run(bare_app, import_directory, csv_file(tmp_path, small()))

    assert result.exit_code == 0
    assert "edition of 31 August 2026, by the name of the file; 4 rows" in result.stdout
    assert "3 live postcodes and 1 that ended. It is not complete" in result.stdout
    assert "constituency pcon24cd" in result.stdout
    assert "The directory is in use." in result.stdout
    assert "read 0 of 0 MB, 4 rows" in result.stderr
    assert MappedDirectory(target).codes("SE12DL")


def test_a_second_import_tells_what_changed(bare_app: Flask, tmp_path: Path) -> None:
    run(bare_app, import_directory, csv_file(tmp_path, small()))
    more = small(SOUTHWARK.replace("2DL", "2DN").replace("E14001085", "E14000553"))
    again = csv_file(tmp_path, more, "ONSPD_NOV_2025.csv")

    same = run(bare_app, import_directory, csv_file(tmp_path, small()), "--dry-run")
    result = run(bare_app, import_directory, again, "--dry-run")

    assert "nothing is different" in same.stdout
    assert "Against the present directory of 31 August 2026:\n          1 new\n" in result.stdout
    assert "WARNING: 1 codes of the constituency are unknown to us: E14000553." in result.stdout
    assert "A dry run: nothing was changed." in result.stdout


def test_a_script_reads_json(bare_app: Flask, tmp_path: Path) -> None:
    source = csv_file(tmp_path, small())
    run(bare_app, import_directory, source)

    report = json.loads(run(bare_app, import_directory, source, "--json", "--dry-run").stdout)
    about = json.loads(run(bare_app, show_directory, "--json").stdout)

    assert (report["edition"], report["live"], report["replaced"]) == ("2026-08-31", 3, False)
    assert set(report["changes"].values()) == {0}
    assert report["unknown"] == {"constituency": [], "alliance": []}
    assert (about["edition"], about["terminated"]) == ("2026-08-31", 1)
    assert about["alliances"] == ["E56000010"]


def test_the_operator_may_say_edition_and_completeness(bare_app: Flask, tmp_path: Path) -> None:
    source = csv_file(tmp_path, small(), "postcodes.csv")

    result = run(bare_app, import_directory, source, "--edition", "2026-02", "--complete")

    assert "edition of 28 February 2026, as you said" in result.stdout
    assert "A postcode that is not in it does not exist." in result.stdout


@pytest.mark.parametrize("month", ["soon", "2026", "2026-13", "2026-08-31"])
def test_a_month_that_is_none_is_wrong_use(bare_app: Flask, tmp_path: Path, month: str) -> None:
    result = run(bare_app, import_directory, csv_file(tmp_path, small()), "--edition", month)

    assert result.exit_code == 2
    assert "is no month, like 2026-08." in result.stderr


def test_a_refusal_is_told_in_words_and_nothing_changes(
    bare_app: Flask, tmp_path: Path, target: Path
) -> None:
    run(bare_app, import_directory, csv_file(tmp_path, small()))
    less = csv_file(tmp_path, text(SOUTHWARK), "less.csv")

    result = run(bare_app, import_directory, less)

    assert isinstance(result.exception, CampaignError)
    assert "3 of 4 postcodes would be lost" in result.exception.message
    assert MappedDirectory(target).about.postcodes == 4
    assert run(bare_app, import_directory, less, "--yes").exit_code == 0


def test_the_directory_is_shown_and_compared_with_its_hash(
    bare_app: Flask, tmp_path: Path, target: Path
) -> None:
    assert run(bare_app, show_directory).exit_code == 1
    old = SOUTHWARK.replace("2DL", "2DN").replace("E14001085", "E14000553")
    run(bare_app, import_directory, csv_file(tmp_path, small(old)))

    shown = run(bare_app, show_directory)
    assert shown.exit_code == 0
    assert "as of 31 August 2026: whole and unchanged." in shown.stdout
    assert "E14000553" in shown.stdout

    damaged = bytearray(target.read_bytes())
    damaged[-60] ^= 1
    target.unlink()
    target.write_bytes(damaged)
    assert isinstance(run(bare_app, show_directory).exception, CampaignError)


def test_a_terminal_gets_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with places_directory._Progress(terminal=True) as progress:
        for done in range(0, 1001, 100):
            progress.show(done, 1000, done)

    assert progress.bar.pos == 1000
    assert capsys.readouterr().out == ""


def test_lines_come_only_now_and_then_without_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with places_directory._Progress(terminal=False) as progress:
        for done in range(1001):
            progress.show(done * 1_000_000, 1_000_000_000, done * 1000)

    told = capsys.readouterr().err.splitlines()
    assert len(told) == 10
    assert told[0] == "read 100 of 1,000 MB, 100,000 rows"


def test_a_report_is_all_plain_values(bare_app: Flask, tmp_path: Path, target: Path) -> None:
    run(bare_app, import_directory, csv_file(tmp_path, small()))

    json.dumps(asdict(MappedDirectory(target).about), default=str)
