"""campaign petition: its answers and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from click.testing import Result
from flask.testing import FlaskCliRunner
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.cli.petition import petition as command
from campaign_app.petitions.models import CountTotal, Signature
from tests.petitions.signing import Crowd, petition

Run = Callable[..., Result]


@pytest.fixture
def run(runner: FlaskCliRunner) -> Run:
    def call(*words: str) -> Result:
        result: Result = runner.invoke(command, list(words))
        return result

    return call


@pytest.fixture
def crowd(session: Session) -> Crowd:
    now: datetime = clock.now()
    crowd = Crowd(session, petition(session, now, counts_at_once=True), now)
    for n in range(3):
        crowd.press(email=f"p{n}@gmail.com")
    session.rollback()
    return crowd


def answer(result: Result) -> Any:  # noqa: ANN401 - JSON.
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_count(run: Run, crowd: Crowd) -> None:
    found = answer(run("count", "a-petition", "--json"))

    assert (found["total"], found["confirmed"], found["paper"]) == (3, 3, 0)
    assert set(found) == {"campaign", "total", "confirmed", "paper", "goal", "as_of"}
    assert answer(run("count", "a-petition", "--by", "nation", "--json")) == {"England": 3}
    assert "England\t3" in run("count", "a-petition", "--by", "nation").output


def test_verify_exits_1_when_something_differed(run: Run, session: Session, crowd: Crowd) -> None:
    assert run("verify").exit_code == 0
    session.execute(update(CountTotal).where(CountTotal.dimension == "kind").values(n=9))
    session.commit()

    wrong = run("verify", "a-petition", "--json")

    assert wrong.exit_code == 1
    assert [one["stored"] for one in json.loads(wrong.output)] == [9]
    assert run("verify", "a-petition").exit_code == 0


def test_trends(run: Run, crowd: Crowd) -> None:
    found = answer(run("trends", "a-petition", "--least", "2", "--json"))

    assert [one["name"] for one in found["domains"]] == ["gmail.com"]
    assert "gmail.com: 3 signatures" in run("trends", "a-petition", "--least", "2").output


def test_invalidate_and_restore(run: Run, crowd: Crowd) -> None:
    preview = answer(run("invalidate", "a-petition", "--domain", "gmail.com", "--json"))
    assert preview == {"matched": 3, "counted": 3, "invalidation": None}

    chosen = ("--email", "P1@gmail.com", "--postcode", "se12dl", "--summary", "A test")
    done = answer(run("invalidate", "a-petition", *chosen, "--yes", "--json"))

    assert answer(run("count", "a-petition", "--json"))["total"] == 2
    assert run("restore", str(done["invalidation"])).exit_code == 0
    assert answer(run("count", "a-petition", "--json"))["total"] == 3


@pytest.mark.parametrize(
    "words",
    [
        ("invalidate", "a-petition"),
        ("invalidate", "a-petition", "--name", "x", "--yes"),
        ("restore", "99"),
        ("paper", "withdraw", "99"),
        ("paper", "add", "a-petition", "0", "--by", "a", "--where", "b", "--on", "2026-11-01"),
        ("erase", "a-petition"),
        ("erase", "a-petition", "--email", "nobody@gmail.com"),
    ],
    ids=" ".join,
)
def test_wrong_use_exits_2(run: Run, crowd: Crowd, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_paper(run: Run, crowd: Crowd) -> None:
    written = ("--by", "Leeds group", "--where", "Leeds", "--on", "2026-11-01")
    entered = answer(run("paper", "add", "a-petition", "40", *written, "--json"))
    assert answer(run("count", "a-petition", "--json"))["total"] == 43

    assert run("paper", "withdraw", str(entered["batch"])).exit_code == 0

    listed = answer(run("paper", "list", "a-petition", "--json"))
    assert [(one["signatures"], one["withdrawn"]) for one in listed] == [(40, True)]
    assert answer(run("count", "a-petition", "--json"))["total"] == 3


def test_erase(run: Run, session: Session, crowd: Crowd) -> None:
    asked = ("erase", "a-petition", "--email", "p1@gmail.com", "--name", "ann example")

    assert run(*asked).exit_code == 0

    erased = select(Signature).where(Signature.erased_at.is_not(None))
    assert len(session.scalars(erased).all()) == 1
    assert answer(run("count", "a-petition", "--json"))["total"] == 3
