"""Commands that look at things: check, letters check, and the checks of a start."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.cli.running import agree_on_keys, gunicorn_command
from campaign_app.settings import Settings
from campaign_app.vault.models import KeyFingerprint


def test_check_finds_all_well(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["check"])

    assert result.exit_code == 0, result.output
    assert "WRONG" not in result.output
    for subject in ("settings", "database", "keys", "letters", "queue"):
        assert f"ok   {subject}: " in result.output


def test_check_speaks_json(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["check", "--json"])

    found = json.loads(result.output)
    assert {"subject", "well", "words"} == set(found[0])
    assert all(finding["well"] for finding in found)


def test_check_changes_nothing(runner: FlaskCliRunner, session: Session) -> None:
    runner.invoke(args=["check"])

    assert session.scalars(select(KeyFingerprint)).all() == []


def test_check_says_what_is_wrong_before_the_tables_are_there(
    settings: Settings, start_app: Callable[[Settings], Flask], blank_database_url: str
) -> None:
    app = start_app(replace(settings, database_url=blank_database_url))

    result = app.test_cli_runner().invoke(args=["check"])

    assert result.exit_code == 1
    assert "WRONG database" in result.output
    assert "run campaign upgrade" in result.output
    assert "Traceback" not in result.output


def test_check_says_when_the_pepper_is_another(
    settings: Settings, start_app: Callable[[Settings], Flask], app: Flask
) -> None:
    with app.app_context():
        agree_on_keys()
    other = start_app(replace(settings, pepper=b"another pepper, thirty-two bytes long"))

    result = other.test_cli_runner().invoke(args=["check"])

    assert result.exit_code == 1
    assert "WRONG keys" in result.output
    start_app(settings)


def test_letters_check_reads_every_letter(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["letters", "check"])

    assert result.exit_code == 0, result.output
    assert "0 faults found." in result.output


def test_web_and_worker_may_start_at_the_same_moment(app: Flask, session: Session) -> None:
    together, failed = threading.Barrier(4), []

    def start() -> None:
        with app.app_context():
            together.wait()
            try:
                agree_on_keys()
            except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it.
                failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert session.scalars(select(KeyFingerprint)).all() != []


@pytest.mark.parametrize(("host", "bind"), [("127.0.0.1", "127.0.0.1:1"), ("::", "[::]:1")])
def test_the_server_listens_where_it_is_told(host: str, bind: str) -> None:
    assert bind in gunicorn_command(1, host)
