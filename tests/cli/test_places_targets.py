"""``campaign places``: representatives from the command line, against a Parliament of our own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.cli.places_targets import COMMANDS, PROGRESS
from campaign_app.cli.reading_progress import Progress
from campaign_app.database import db
from campaign_app.errors import NotFound, SettingsRefused, TransientFailure
from campaign_app.places.facts import facts
from campaign_app.places.models import Area, DataSource
from campaign_app.settings import Mode, Settings
from campaign_app.targets.history import current_rows
from campaign_app.targets.models import Target, TargetKind, TargetState
from campaign_app.targets.sync import TooMuchLost, UnknownSeats
from tests.parliament import (
    HOME,
    SEARCH,
    Parliament,
    address,
    member,
    office,
    parliament_of,
    served,
)

Run = Callable[..., Result]

EXETER, CLACTON, KRUGER_LIKE = "Exeter", "Clacton", "East Wiltshire"
OWN_DOMAIN, NO_ADDRESS, HALF_ADDRESS = "Cambridge", "Leeds East", "Louth and Horncastle"
GLYNDWR = "Montgomeryshire and Glyndwr"

# The command as a process of its own, so that it can be killed.
PROGRAM = """
import sys
from flask.cli import ScriptInfo
from campaign_app import create_app
from campaign_app.cli.places_targets import sync_mps
sync_mps.main(sys.argv[1:], obj=ScriptInfo(create_app=create_app))
"""


@click.group()
def places() -> None:
    """The group that the commands are in."""


for command in COMMANDS:
    places.add_command(command)


SMALL = 60  #: Most tests need no more seats; every one of them is asked for over HTTP.
WHOLE = 650
ODD = (EXETER, CLACTON, KRUGER_LIKE, OWN_DOMAIN, NO_ADDRESS, HALF_ADDRESS, GLYNDWR)
whole = pytest.mark.parametrize("parliament", [WHOLE], indirect=True)


def odd_parliament(size: int) -> Parliament:
    """So many seats, two of them vacant, and every kind of address."""
    others = [row["name"] for row in facts("areas").rows if row["name"] not in ODD]
    parliament = parliament_of([*others[: size - len(ODD)], *ODD])
    parliament.elect(EXETER, None)
    parliament.elect(CLACTON, None)
    parliament.seat_of(CLACTON)["currentRepresentation"] = {"member": None}
    home = {"line1": HOME, "postcode": "ZZ99 9ZZ", "phone": "01632 960123"}
    for name, records in {
        KRUGER_LIKE: [office("found@parliament.uk", "Constituency office", **home)],
        OWN_DOMAIN: [office("office@own.example"), office("no@parliament.uk", "Other")],
        NO_ADDRESS: [office("home@private.example", "Constituency office", **home)],
        HALF_ADDRESS: [office("No email found")],
    }.items():
        parliament.contacts[parliament.member_of(name)] = records
    return parliament


@pytest.fixture
def parliament(request: pytest.FixtureRequest) -> Iterator[Parliament]:
    with served(odd_parliament(getattr(request, "param", SMALL))) as found:
        yield found


@pytest.fixture
def settings(settings: Settings, parliament: Parliament) -> Settings:
    return replace(settings, parliament_url=parliament.url)


@pytest.fixture
def run(runner: FlaskCliRunner) -> Run:
    """Run a command of ``campaign places``; what it raises is raised here."""

    def ran(*args: str) -> Result:
        result = runner.invoke(places, list(args))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return ran


def sync(run: Run, *options: str) -> dict[str, Any]:
    result = run("sync-mps", "--pause", "0", "--json", *options)
    assert result.exit_code == 0
    content: dict[str, Any] = json.loads(result.stdout)
    return content


def seat_row(session: Session, name: str) -> Target:
    code = session.scalar(select(Area.code).where(Area.name == name))
    rows = select(Target).where(Target.area_code == code, Target.valid_to.is_(None))
    return session.scalars(rows).one()


def states(session: Session) -> Counter[TargetState]:
    return Counter(row.state for row in current_rows(session, TargetKind.MP))


def as_it_should_be(size: int = SMALL) -> dict[TargetState, int]:
    return {TargetState.SITTING: size - 4, TargetState.VACANT: 2, TargetState.NO_EMAIL: 2}


@whole
def test_every_seat_ends_in_its_right_status(
    run: Run, session: Session, parliament: Parliament
) -> None:
    said = sync(run)

    assert (said["applied"], said["counts"]["new"], said["counts"]["vacant"]) == (True, 648, 2)
    assert states(session) == as_it_should_be(WHOLE)
    assert seat_row(session, EXETER).state is TargetState.VACANT
    assert seat_row(session, CLACTON).state is TargetState.VACANT
    assert seat_row(session, KRUGER_LIKE).email == "found@parliament.uk"
    assert seat_row(session, OWN_DOMAIN).email == "office@own.example"
    assert seat_row(session, NO_ADDRESS).email is None
    assert seat_row(session, HALF_ADDRESS).email is None
    glyndwr = seat_row(session, GLYNDWR)
    assert glyndwr.email == address(int(glyndwr.external_id or 0))


def test_nothing_is_kept_that_could_be_a_home(run: Run, session: Session) -> None:
    sync(run)

    rows = current_rows(session, TargetKind.MP)
    assert {row.postal for row in rows} == {"House of Commons, London SW1A 0AA", None}
    assert {row.phone for row in rows} == {None}


def test_the_calls_are_one_for_each_page_and_member(run: Run, parliament: Parliament) -> None:
    sync(run)

    pages = [path for path in parliament.calls if path.startswith(SEARCH)]
    assert (len(pages), parliament.asked_for_contacts()) == (4, 58)
    assert len(parliament.calls) == len(set(parliament.calls))


def test_a_second_sync_says_what_is_different(
    run: Run, session: Session, parliament: Parliament
) -> None:
    sync(run)
    parliament.elect(EXETER, member(7001))
    parliament.elect("Aldershot", member(7002))
    parliament.elect("Amber Valley", None)
    mended = parliament.member_of("Barking")
    parliament.contacts[mended] = [office("mended@parliament.uk")]
    silent = parliament.member_of("Basildon and Billericay")
    parliament.contacts[silent] = []

    said = sync(run)

    names = {key: [one["area_name"] for one in said[key]] for key in ("new", "left", "vacant")}
    assert names == {
        "new": ["Aldershot", EXETER],
        "left": ["Aldershot", "Amber Valley"],
        "vacant": ["Amber Valley"],
    }
    changed = {one["area_name"]: one["fields"] for one in said["changed"]}
    assert changed == {"Barking": ["email"], "Basildon and Billericay": ["email", "state"]}
    assert [one["area_name"] for one in said["no_email"]] == ["Basildon and Billericay"]
    past = select(func.count()).select_from(Target).where(Target.valid_to.is_not(None))
    assert session.scalar(past) == 5


def test_the_difference_is_told_in_lines(run: Run, parliament: Parliament) -> None:
    sync(run)
    parliament.elect(EXETER, member(7001))

    result = run("sync-mps", "--pause", "0")

    assert "new       E14001231 Exeter: " in result.stdout
    assert "60 offices. 2 no email, 57 sitting, 1 vacant. 1 new." in result.stdout
    assert "seats: 61 of 61 read" in result.stderr
    assert "members: 59 of 59 read" in result.stderr


def test_a_terminal_gets_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(on_terminal=True) as progress:
        for done in (20, 40):
            progress("seats", done, 40)
        progress("members", 1, 2)

    told = capsys.readouterr().err
    assert "seats    [####################--------------------] 20 of 40" in told
    assert told.endswith("members  [####################--------------------] 1 of 2\n")
    assert told.count("\n") == 2


def test_nobody_can_opt_out_of_an_office_that_we_do_not_have(run: Run) -> None:
    with pytest.raises(NotFound, match="We hold nobody for E14999999"):
        run("opt-out", "E14999999")


def test_an_alliance_that_we_do_not_know_is_refused(run: Run) -> None:
    with pytest.raises(NotFound, match="E56000022 is no Cancer Alliance"):
        run("alliance", "E56000022", "--source", "s", "--checked", "2024-07-01")


def test_a_dry_run_changes_nothing(run: Run, session: Session) -> None:
    said = sync(run, "--dry-run")

    assert (said["applied"], said["counts"]["new"]) == (False, 58)
    assert current_rows(session, TargetKind.MP) == []
    assert session.get(DataSource, "members of parliament") is None


def test_the_age_of_the_source_is_noted(run: Run, session: Session) -> None:
    sync(run)

    assert session.get_one(DataSource, "members of parliament").rows == SMALL


@pytest.mark.parametrize("dry", [True, False])
def test_too_great_a_loss_needs_a_word(
    run: Run, session: Session, parliament: Parliament, dry: bool
) -> None:
    sync(run)
    for one in list(parliament.seats)[1:5]:
        parliament.elect(one["name"], None)

    if dry:
        assert sync(run, "--dry-run")["lost"] == 4
    else:
        with pytest.raises(TooMuchLost):
            run("sync-mps", "--pause", "0")
    assert states(session) == as_it_should_be()

    sync(run, "--yes")
    assert states(session)[TargetState.VACANT] == 6


def fault(parliament: Parliament, path: str, status: int, body: bytes = b"") -> None:
    parliament.faults[path] = [(status, body)] * 3


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b""), (500, b"oh"), (200, b"<html>"), (200, b'{"items": [], "totalResults": 61}')],
)
def test_a_missing_page_changes_nothing_and_the_next_sync_is_whole(
    run: Run, session: Session, parliament: Parliament, status: int, body: bytes
) -> None:
    fault(parliament, f"{SEARCH}?skip=40&take=20", status, body)

    with pytest.raises(TransientFailure):
        run("sync-mps", "--pause", "0")

    assert current_rows(session, TargetKind.MP) == []
    parliament.faults.clear()
    sync(run)
    assert states(session) == as_it_should_be()


def test_a_seat_that_is_there_twice_changes_nothing(run: Run, parliament: Parliament) -> None:
    parliament.seats.append(parliament.seat_of("Aldershot"))

    with pytest.raises(TransientFailure, match="Aldershot twice"):
        run("sync-mps", "--pause", "0")


def test_a_seat_that_we_do_not_know_changes_nothing(run: Run, parliament: Parliament) -> None:
    parliament.seat_of("Aldershot")["name"] = "Atlantis"

    with pytest.raises(UnknownSeats, match="Atlantis"):
        run("sync-mps", "--pause", "0")


def test_a_seat_that_is_left_out_keeps_its_holder(
    run: Run, session: Session, parliament: Parliament
) -> None:
    sync(run)
    parliament.seats.remove(parliament.seat_of("Aldershot"))

    said = sync(run)

    assert [one["area_name"] for one in said["missing"]] == ["Aldershot"]
    assert seat_row(session, "Aldershot").state is TargetState.SITTING


def test_other_people_s_server_is_asked_politely(
    app: Flask, start_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    other = start_app(replace(settings, parliament_url="https://parliament.example"))

    result = other.test_cli_runner().invoke(places, ["sync-mps", "--pause", "0.05"])

    assert result.exit_code == 2
    assert "0.1 seconds or more" in result.output


def test_a_demonstration_gets_no_real_addresses(
    start_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    real = "https://parliament.example"
    demo = start_app(replace(settings, mode=Mode.DEMO, parliament_url=real))

    result = demo.test_cli_runner().invoke(places, ["sync-mps"])

    assert isinstance(result.exception, SettingsRefused)


def environment(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "CAMPAIGN_MODE": "test",
        "CAMPAIGN_SECRET_KEY": "a key for tests that protects nothing at all",
        "CAMPAIGN_DATABASE_URL": settings.database_url,
        "CAMPAIGN_PARLIAMENT_URL": settings.parliament_url,
        "CAMPAIGN_UPLOADS": str(settings.uploads),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


def process(settings: Settings) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--pause", "0"],
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@whole
@pytest.mark.parametrize("at", [10, 400])
def test_a_sync_that_is_killed_half_way_is_gone_on_with(
    settings: Settings, parliament: Parliament, run: Run, session: Session, at: int
) -> None:
    killed: list[subprocess.Popen[bytes]] = []

    def kill(_path: str) -> None:
        if len(parliament.calls) == at:
            killed[0].send_signal(signal.SIGKILL)

    parliament.on_call = kill
    with process(settings) as first:
        killed.append(first)
        assert first.wait(60) == -signal.SIGKILL
    assert current_rows(session, TargetKind.MP) == []
    assert (settings.uploads / PROGRESS).exists()
    before = list(parliament.calls)

    parliament.on_call = lambda _path: None
    with process(settings) as second:
        out, err = second.communicate(timeout=60)

    assert second.returncode == 0, err.decode()
    assert b"648 new" in out
    db.session.rollback()
    assert states(session) == as_it_should_be(WHOLE)
    # Only what the kill cut off is asked again.
    assert len(parliament.calls) - len(set(parliament.calls)) <= 2
    assert len(parliament.calls) > len(before)
    assert not (settings.uploads / PROGRESS).exists()


def test_a_dissolution_covers_everybody_and_is_lifted_again(run: Run, session: Session) -> None:
    sync(run)

    assert "60 MPs are dissolved." in run("dissolution", "on").output
    assert states(session) == {TargetState.DISSOLVED: SMALL}
    assert "Nothing to do" in run("dissolution", "on").output
    sync(run)
    assert "60 MPs are what they were before." in run("dissolution", "off").output
    assert states(session) == as_it_should_be()


def test_a_switch_is_on_or_off(run: Run) -> None:
    assert run("dissolution", "maybe").exit_code == 2


def test_an_mp_opts_out_and_in(run: Run, session: Session) -> None:
    sync(run)

    assert "opted out" in run("opt-out", "e14001063").output
    sync(run)
    assert seat_row(session, "Aldershot").state is TargetState.OPTED_OUT
    run("opt-out", "E14001063", "--undo")
    assert seat_row(session, "Aldershot").state is TargetState.SITTING


ALLIANCE = (
    *("alliance", "E56000010", "--email", "hello@alliance.example"),
    *("--source", "https://alliance.example/contact", "--checked", "2024-07-01"),
)


def alliance_row(session: Session) -> Target:
    return current_rows(session, TargetKind.ALLIANCE)[0]


def test_an_alliance_is_entered_by_hand(run: Run, session: Session) -> None:
    assert run(*ALLIANCE, "--dry-run").exit_code == 0
    assert current_rows(session, TargetKind.ALLIANCE) == []

    result = run(*ALLIANCE)

    assert "new       E56000010 South East London" in result.output
    row = alliance_row(session)
    assert (row.name, row.state) == ("South East London Cancer Alliance", TargetState.SITTING)
    assert (row.source, str(row.checked_on)) == ("https://alliance.example/contact", "2024-07-01")


@pytest.mark.parametrize(
    "change",
    [
        {"--email": "Hello <hello@alliance.example>"},
        {"--checked": "1 July"},
        {"--checked": "2999-01-01"},
    ],
)
def test_an_alliance_entered_wrongly_is_wrong_use(run: Run, change: dict[str, str]) -> None:
    args = list(ALLIANCE)
    for option, value in change.items():
        args[args.index(option) + 1] = value

    assert run(*args).exit_code == 2


def test_alliances_come_from_a_table(run: Run, session: Session, tmp_path: Path) -> None:
    run(*ALLIANCE)
    file = tmp_path / "alliances.csv"
    head = "code;email;postal;phone;website;source;checked_on\n"
    line = ";mended@alliance.example;;;https://a.example;seen;2024-07-02\n"
    file.write_text(head + "E56000010" + line + "E56000011" + line, encoding="utf-8-sig")

    result = run("import-alliances", str(file))

    assert "changed   E56000010 South East London" in result.output
    assert "new       E56000011 Kent and Medway" in result.output
    assert alliance_row(session).email == "mended@alliance.example"


def targets_file(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> str:
    file = tmp_path / "targets.csv"
    text = "\n".join(["area,place,name,email,source,checked_on", *lines])
    file.write_text(text, encoding=encoding)
    return str(file)


def test_members_of_the_senedd_come_from_a_table(
    run: Run, session: Session, tmp_path: Path
) -> None:
    assert "16 Senedd seats" in run("load-senedd").output
    lines = [f"W09000048,{place},Siân {place} Example,s{place}@senedd.example,s,2024-07-01"
             for place in range(1, 7)]  # fmt: skip
    file = targets_file(tmp_path, *lines, encoding="latin-1")

    result = run("import-targets", file, "--kind", "ms")

    assert "6 offices. 6 sitting. 6 new." in result.stdout
    assert "read as Latin-1" in result.stderr
    assert [row.name for row in current_rows(session, TargetKind.MS)][5] == "Siân 6 Example"


def test_a_table_with_a_fault_changes_nothing(run: Run, session: Session, tmp_path: Path) -> None:
    file = targets_file(
        tmp_path,
        ",1,A Example,a@gov.example,s,2024-07-01",
        "E14001063,1,B Example,b@gov.example,s,2024-07-01",
    )

    with pytest.raises(Exception, match="line 3, area: E14001063 is no nation that we know"):
        run("import-targets", file, "--kind", "minister")

    assert current_rows(session, TargetKind.MINISTER) == []


def test_a_whole_table_ends_what_it_leaves_out_on_somebody_s_word(
    run: Run, session: Session, tmp_path: Path
) -> None:
    first = ",1,A Example,a@gov.example,s,2024-07-01"
    second = ",2,B Example,b@gov.example,s,2024-07-01"
    run("import-targets", targets_file(tmp_path, first, second), "--kind", "listed")
    shorter = targets_file(tmp_path, first)

    assert run("import-targets", shorter, "--kind", "listed", "--partial").exit_code == 0
    with pytest.raises(TooMuchLost):
        run("import-targets", shorter, "--kind", "listed")
    assert len(current_rows(session, TargetKind.LISTED)) == 2
    run("import-targets", shorter, "--kind", "listed", "--yes")

    assert [row.name for row in current_rows(session, TargetKind.LISTED)] == ["A Example"]


def test_an_older_check_does_not_replace_a_newer_one(run: Run, tmp_path: Path) -> None:
    run("import-targets", targets_file(tmp_path, ",1,A Example,,s,2024-07-02"), "--kind", "listed")
    older = targets_file(tmp_path, ",1,A Example,,s,2024-07-01")

    with pytest.raises(Exception, match="we hold a check of 2024-07-02"):
        run("import-targets", older, "--kind", "listed")
