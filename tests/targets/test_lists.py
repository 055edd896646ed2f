"""Tables of representatives: read as people save them, refused with the line that is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from campaign_app.targets.changes import Holder
from campaign_app.targets.lists import read_alliances, read_list
from campaign_app.targets.models import TargetKind, TargetState
from campaign_app.targets.sheets import MOST_BYTES, MOST_LINES, BadSheet
from tests.targets.holders import TODAY

AREAS = {"W09000048": "Afan Ogwr Rhondda", "W09000049": "Bangor Conwy Môn"}
ALLIANCES = {"E56000010": "South East London", "E56000011": "Kent and Medway"}
HEAD = "area,place,name,email,source,checked_on"
GOOD = "W09000048,1,Siân Example MS,sian@senedd.example,https://senedd.example,2026-11-19"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def read(path: Path, *lines: str, kind: TargetKind = TargetKind.MS) -> list[Holder]:
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_list(path, kind, AREAS, TODAY)[0]


def faults(path: Path, *lines: str) -> tuple[str, ...]:
    with pytest.raises(BadSheet) as refused:
        read(path, *lines)
    return refused.value.faults


def test_a_line_becomes_a_holder(path: Path) -> None:
    assert read(path, HEAD, GOOD) == [
        Holder(
            kind=TargetKind.MS,
            area_code="W09000048",
            state=TargetState.SITTING,
            name="Siân Example MS",
            salutation="Siân Example MS",
            email="sian@senedd.example",
            source="https://senedd.example",
            checked_on=date(2026, 11, 19),
        )
    ]


def test_every_column_is_read(path: Path) -> None:
    head = f"{HEAD},state,salutation,party,postal,phone,website,external_id"
    line = f'{GOOD},sitting,Ms Example,A Party,"Tŷ Hywel,\nCardiff",+44 20 7946 0000,https://e.example,12'

    (found,) = read(path, head, line)

    assert (found.salutation, found.party, found.phone) == (
        "Ms Example",
        "A Party",
        "+44 20 7946 0000",
    )
    assert (found.postal, found.website, found.external_id) == (
        "Tŷ Hywel,\nCardiff",
        "https://e.example",
        "12",
    )


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("latin-1", "cp1252"),
        ("cp1252", "cp1252"),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_table_is_read_however_it_was_saved(
    path: Path, encoding: str, told: str, separator: str, newline: str
) -> None:
    text = newline.join([HEAD, "", GOOD, ",,,,,"]).replace(",", separator)
    path.write_bytes(text.encode(encoding))

    (found,), encoded = read_list(path, TargetKind.MS, AREAS, TODAY)

    assert (found.name, encoded) == ("Siân Example MS", told)


def test_a_state_follows_from_the_address_or_is_written(path: Path) -> None:
    found = read(
        path,
        HEAD + ",state",
        GOOD + ",",
        "W09000048,2,Alex Example,,a source,2026-11-19,",
        "W09000048,3,,,a source,2026-11-19,vacant",
        "W09000048,4,Bela Example,b@e.example,a source,2026-11-19,Opted out",
    )

    assert [holder.state for holder in found] == [
        TargetState.SITTING,
        TargetState.NO_EMAIL,
        TargetState.VACANT,
        TargetState.OPTED_OUT,
    ]
    assert found[2].name == "Nobody at the moment"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("X1,1,A Example,,s,2026-11-19", "line 2, area: X1 is no senedd that we know."),
        (",1,A Example,,s,2026-11-19", "line 2, area: nothing is no senedd that we know."),
        ("W09000048,0,A Example,,s,2026-11-19", "line 2, place: write a number from 1 to 99."),
        ("W09000048,²,A Example,,s,2026-11-19", "line 2, place: write a number from 1 to 99."),
        ("W09000048,1,,,s,2026-11-19", "line 2, name: say who holds the office"),
        ("W09000048,1,A Example,a b,s,2026-11-19", "line 2, email: Enter one plain email"),
        ("W09000048,1,A Example,,,2026-11-19", "line 2, source: say where"),
        ("W09000048,1,A Example,,s,19/11/2026", "line 2, checked_on: write the day as 2026-11-20"),
        ("W09000048,1,A Example,,s,2026-11-21", "line 2, checked_on: 2026-11-21 has not come"),
        ("W09000048,1,A Example,,s,2026-11-19,more", "line 2: it has more cells"),
        (f"W09000048,1,{'A' * 121},,s,2026-11-19", "line 2, name: it is longer than 120"),
        ("W09000048,1,=HYPERLINK(1),,s,2026-11-19", "line 2, name: it begins with '='"),
        ("W09000048,1,@SUM(A1),,s,2026-11-19", "line 2, name: it begins with '@'"),
        ("W09000048,1,+cmd|x,,s,2026-11-19", "line 2, name: it begins with '+'"),
        ("W09000048,1,-2+cmd,,s,2026-11-19", "line 2, name: it begins with '-'"),
        ('W09000048,1,"A"x,,s,2026-11-19', "line 2: ',' expected after '\"'"),
        ('W09000048,1,"A,,s,2026-11-19', "line 2: unexpected end of data"),
        ("W09000048,1," + "A" * 200_000, "line 2: field larger than field limit"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(path: Path, line: str, told: str) -> None:
    assert any(fault.startswith(told) for fault in faults(path, HEAD, line))


@pytest.mark.parametrize(
    ("state", "email", "told"),
    [
        ("gone", "a@e.example", "it is not one of sitting, vacant, no_email, opted_out."),
        ("dissolved", "a@e.example", "it is not one of"),
        ("sitting", "", "an office without an address is no_email"),
        ("no_email", "a@e.example", "it has an address"),
    ],
)
def test_a_state_that_cannot_be_is_refused(path: Path, state: str, email: str, told: str) -> None:
    line = f"W09000048,1,Alex Example,{email},s,2026-11-19,{state}"

    (fault,) = faults(path, HEAD + ",state", line)

    assert fault.startswith(f"line 2, state: {told}")


def test_the_same_office_twice_is_refused_by_both_lines(path: Path) -> None:
    (fault,) = faults(path, HEAD, GOOD, "", GOOD)

    assert fault.startswith("line 4: it names the same office as line 2.")


def test_lines_are_those_of_the_file_even_after_a_cell_of_two_lines(path: Path) -> None:
    long = 'W09000048,1,"Alex\nExample",,s,2026-11-19'

    assert faults(path, HEAD, long, "X1,1,B Example,,s,2026-11-19") == (
        "line 4, area: X1 is no senedd that we know.",
    )


def test_all_faults_are_told_at_once_but_not_for_ever(path: Path) -> None:
    with pytest.raises(BadSheet) as refused:
        read(path, HEAD, *[f"X{number},1,A Example,,s,2026-11-19" for number in range(50)])

    assert len(refused.value.faults) == 50
    assert refused.value.message.count("\n") == 21
    assert refused.value.message.endswith("and 30 more.")


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("area,name,email,source", "line 1: the column checked_on is missing."),
        (HEAD + ",salary", "line 1: the column salary is not one of"),
        (HEAD + ",", "line 1: the column without a name is not one of"),
        (HEAD + ",name", "line 1: the column name is there twice."),
        ("", "line 1: the column area is missing."),
    ],
)
def test_columns_are_checked_first(path: Path, head: str, told: str) -> None:
    assert any(fault.startswith(told) for fault in faults(path, head, GOOD))


def test_names_of_columns_may_be_written_as_people_do(path: Path) -> None:
    assert read(path, "Area, Place,NAME,Email,Source,Checked on", GOOD)


def test_a_table_without_lines_is_refused(path: Path) -> None:
    assert faults(path, HEAD) == ("it has a line of column names, and nothing below it.",)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a" * (MOST_BYTES + 1), "it is larger than 10 MB"),
        (HEAD.encode() + b"\n" + b"x\n" * (MOST_LINES + 2), f"it has more than {MOST_LINES:,}"),
        (b"PK\x03\x04\x00\x00", "it holds zero bytes"),
        (b"\xff\xfea", "it is no text that we can read"),
    ],
)
def test_what_is_no_list_is_refused(path: Path, content: bytes, told: str) -> None:
    path.write_bytes(content)

    with pytest.raises(BadSheet, match=told):
        read_list(path, TargetKind.MS, AREAS, TODAY)


def test_a_file_that_is_not_there_is_refused(path: Path) -> None:
    with pytest.raises(BadSheet, match="cannot be read"):
        read_list(path, TargetKind.MS, AREAS, TODAY)


@pytest.mark.parametrize("kind", [TargetKind.MINISTER, TargetKind.LISTED])
def test_a_minister_or_a_list_needs_no_area(path: Path, kind: TargetKind) -> None:
    line = ",1,The Example Minister,office@gov.example,a source,2026-11-19"

    (found,) = read(path, HEAD, line, kind=kind)

    assert found.area_code is None


def test_alliances_are_named_by_their_code(path: Path) -> None:
    path.write_text(
        "code,email,postal,phone,website,source,checked_on\n"
        "e56000010,hello@alliance.example,,,,https://a.example,2026-11-19\n"
        "E56000011,,,,,https://a.example,2026-11-19\n",
        encoding="utf-8",
    )

    first, second = read_alliances(path, ALLIANCES, TODAY)[0]

    assert (first.name, first.state) == ("South East London Cancer Alliance", TargetState.SITTING)
    assert (second.area_code, second.state) == ("E56000011", TargetState.NO_EMAIL)


def test_an_alliance_that_we_do_not_know_or_have_twice_is_refused(path: Path) -> None:
    line = ",,s,2026-11-19"
    path.write_text(
        f"code,email,source,checked_on\nE56000022{line[1:]}\n\n".replace("22,", "22,,")
        + "E56000010,,s,2026-11-19\n" * 2,
        encoding="utf-8",
    )

    with pytest.raises(BadSheet) as refused:
        read_alliances(path, ALLIANCES, TODAY)

    assert len(refused.value.faults) == 2
