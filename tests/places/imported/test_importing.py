"""Editions are imported as they are published, or refused in words."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from bench.editions import STYLES, write_csv
from campaign_app.places.imported import gathering
from campaign_app.places.imported.columns import EditionRefused
from campaign_app.places.imported.mapped import MappedDirectory, verified
from campaign_app.places.imported.writing import fresh
from tests.architecture.sources import ROOT
from tests.places.imported.editions import (
    ABERDEEN,
    ENDED,
    HEADER,
    JERSEY,
    SOUTHWARK,
    csv_file,
    put,
    read_independently,
    small,
    text,
    zip_file,
)

CODES = ("England", "E14001085", "E56000010", "E09000028")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "places.bin"


def refused(source: Path, target: Path, **wishes: object) -> str:
    """The words of a refusal; whatever was there before is still there."""
    before = target.read_bytes() if target.exists() else None
    with pytest.raises(EditionRefused) as refusal:
        put(source, target, **wishes)
    assert (target.read_bytes() if target.exists() else None) == before
    assert not list(target.parent.glob("*.part"))
    return refusal.value.message


def same_as_the_csv(path: Path, names: dict[str, str], target: Path) -> int:
    directory, count = MappedDirectory(target), 0
    for compact, live, codes in read_independently(path, names):
        entry = directory.entry(compact)
        assert entry is not None
        assert (entry.live, entry.codes) == (live, codes)
        count += 1
    return count


@pytest.mark.parametrize(
    ("style", "rows"), [("onspd-2026", 50_000), ("onspd-2025", 5_000), ("nspl-2025", 5_000)]
)
def test_random_postcodes_answer_as_the_csv_says(
    tmp_path: Path, target: Path, style: str, rows: int
) -> None:
    source = write_csv(tmp_path / "edition.csv", rows, STYLES[style], seed=7)

    report = put(source, target)

    assert same_as_the_csv(source, dict(STYLES[style].names), target) == rows
    assert report.rows == report.live + report.terminated == rows
    assert report.unknown == {"constituency": [], "alliance": []}


@pytest.mark.full
@pytest.mark.parametrize("style", list(STYLES))
def test_two_million_six_hundred_thousand_random_postcodes_answer_as_the_csv_says(
    tmp_path: Path, target: Path, style: str
) -> None:
    source = write_csv(tmp_path / "edition.csv", 2_600_000, STYLES[style], seed=11)

    report = put(source, target)

    assert same_as_the_csv(source, dict(STYLES[style].names), target) == 2_600_000
    assert report.complete
    assert report.size <= 25_000_000
    verified(target)


def test_what_is_not_in_the_edition_is_not_found(tmp_path: Path, target: Path) -> None:
    source = write_csv(tmp_path / "edition.csv", 20_000, STYLES["onspd-2026"])
    put(source, target)
    names = dict(STYLES["onspd-2026"].names)
    known = {compact for compact, *_ in read_independently(source, names)}
    directory, dice = MappedDirectory(target), random.Random(5)

    for compact in sorted(known)[:5000]:
        other = compact[:-2] + dice.choice("ABDEFGHJ") + dice.choice("ABDEFGHJ")
        assert (directory.codes(other) is not None) == (other in known)


@pytest.mark.parametrize(
    "nothing", ["", "SE1", "SE12DLX", "ZZ999ZZ", "CIKMOV", "é", "SE1 2CC", "1"]
)
def test_what_is_no_postcode_is_not_found(tmp_path: Path, target: Path, nothing: str) -> None:
    put(csv_file(tmp_path, small()), target)

    assert MappedDirectory(target).entry(nothing) is None


def test_a_row_becomes_an_entry(tmp_path: Path, target: Path) -> None:
    put(csv_file(tmp_path, small()), target)
    directory = MappedDirectory(target)

    live, ended = directory.entry("SE12DL"), directory.entry("SE19ZZ")
    jersey, scotland = directory.entry("JE24WD"), directory.entry("AB169ZZ")

    assert live
    assert (live.live, live.codes) == (True, CODES)
    assert live.lat == pytest.approx(51.498972, abs=2e-4)
    assert live.lon == pytest.approx(-0.071609, abs=2e-4)
    assert ended
    assert not ended.live
    assert jersey
    assert (jersey.codes, jersey.lat) == (("Channel Islands", None, None, None), None)
    assert scotland
    assert scotland.codes == ("Scotland", "S14000060", None, "S12000033")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + small().encode(), id="utf-8 with a byte order mark"),
        pytest.param(small().encode("utf-16"), id="utf-16"),
        pytest.param(small().replace(",", ";").encode(), id="semicolons"),
        pytest.param(small().replace(",", "\t").encode(), id="tabs"),
        pytest.param(small().replace("\r\n", "\n").encode(), id="unix line ends"),
        pytest.param(small().replace("SE1 2DL", '"SE1 2DL"').encode(), id="quoted"),
        pytest.param(small().replace("SE1 2DL", "SE1  2DL").encode(), id="wide"),
        pytest.param(small().replace("SE1 2DL", " se12dl ").encode(), id="narrow and lower"),
        pytest.param(small().upper().encode(), id="capital names"),
        pytest.param((small() + ",,,,,,,\r\n\r\n").encode(), id="blank rows"),
        pytest.param(small().removesuffix("\r\n").encode(), id="no last line end"),
    ],
)
def test_a_csv_is_read_in_every_spelling(tmp_path: Path, target: Path, content: bytes) -> None:
    put(csv_file(tmp_path, content), target)

    assert MappedDirectory(target).codes("SE12DL") == CODES


def test_latin_1_in_other_columns_does_no_harm(tmp_path: Path, target: Path) -> None:
    rows = [f"{row},Ynys M\xf4n" for row in (SOUTHWARK, JERSEY)]
    content = text(*rows, header=HEADER + ",name").encode("latin-1")

    put(csv_file(tmp_path, content), target)

    assert MappedDirectory(target).codes("SE12DL") == CODES


def test_cells_that_look_like_formulas_are_no_codes(tmp_path: Path, target: Path) -> None:
    formula = SOUTHWARK.replace("2DL", "2DN").replace("E09000028", "\"=cmd|'/C calc'!A0\"")

    report = put(csv_file(tmp_path, small(formula)), target)

    assert MappedDirectory(target).codes("SE12DN") == (*CODES[:3], None)
    assert any("strange cells: something strange" in note for note in report.notes)


def test_a_formula_for_a_postcode_is_told_by_its_line(tmp_path: Path, target: Path) -> None:
    good = write_csv(tmp_path / "x.csv", 500, STYLES["onspd-2026"])
    names = STYLES["onspd-2026"].header
    bad = ["=1+1"] * len(names)
    with good.open("a", newline="") as file:
        csv.writer(file).writerow(bad)

    report = put(good, target)

    assert any(
        "1 rows have no postcode that can be read: line 502 of x.csv" in n for n in report.notes
    )


WHOLE = "ONSPD_AUG_2026/Data/ONSPD_AUG_2026_UK.csv"
BY_AREA = "ONSPD_AUG_2026/Data/multi_csv/ONSPD_AUG_2026_UK_{}.csv"
DOCUMENT: dict[str, str | bytes] = {
    "ONSPD_AUG_2026/Documents/CAL names and codes.csv": "CAL26CD,CAL26NM\r\nE56000005,X\r\n",
    "ONSPD_AUG_2026/User Guide/guide.pdf": b"%PDF",
    "__MACOSX/Data/._x.csv": b"\0",
}


@pytest.mark.parametrize(
    "files",
    [
        {WHOLE: small()},
        {BY_AREA.format("SE"): text(SOUTHWARK, ENDED), BY_AREA.format("AB"): text(ABERDEEN),
         BY_AREA.format("JE"): text(JERSEY)},
        {WHOLE: small(), BY_AREA.format("SE"): "never read"},
        {"nested/once/more/" + WHOLE: small()},
        {"anything.csv": small(), "names.csv": "code,name\r\n1,x\r\n"},
    ],
)  # fmt: skip
def test_a_zip_is_read_as_published(
    tmp_path: Path, target: Path, files: dict[str, str | bytes]
) -> None:
    report = put(zip_file(tmp_path, files | DOCUMENT), target)

    assert (report.rows, report.live, report.terminated) == (4, 3, 1)
    assert (report.edition, report.edition_from) == (date(2026, 8, 31), "by the name of the file")


def test_names_in_a_zip_do_nothing_to_a_terminal_and_dates_may_be_missing(
    tmp_path: Path, target: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "odd.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("Data/\x1b[2J.csv"), "")
    content = bytearray((tmp_path / "odd.zip").read_bytes())
    for mark, offset in ((b"PK\x03\x04", 12), (b"PK\x01\x02", 14)):
        at = content.index(mark) + offset
        content[at : at + 2] = b"\0\0"
    target.parent.mkdir()

    words = refused(csv_file(tmp_path, bytes(content), "odd.zip"), target)

    assert words == "Data/?[2J.csv is empty."


def test_an_unpacked_folder_is_read_too(tmp_path: Path, target: Path) -> None:
    csv_file(tmp_path / "edition", small(), WHOLE)

    assert put(tmp_path / "edition", target).rows == 4


def test_the_newest_column_is_taken_and_said(tmp_path: Path, target: Path) -> None:
    header = "pcd7,pcon10cd," + HEADER + ",pcon24nm"
    row = f"SE1 2DL,E14000530,{SOUTHWARK},Bermondsey"

    report = put(csv_file(tmp_path, text(row, header=header)), target)

    assert report.columns["constituency"] == "pcon24cd"
    assert "The constituency is read from pcon24cd, not from pcon10cd." in report.notes
    assert "The postcode is read from pcds, not from pcd7." in report.notes
    assert MappedDirectory(target).codes("SE12DL") == CODES


@pytest.mark.parametrize(
    ("name", "rows", "expected", "where"),
    [
        ("NSPL_MAY_2025_UK.csv", (), date(2025, 5, 31), "name"),
        ("NSPL21_Feb2026.csv", (), date(2026, 2, 28), "name"),
        ("ONSPD_DEC_2026.csv", (), date(2026, 11, 20), "name"),
        ("postcodes.csv", (ENDED.replace("199812", "202607").replace("9ZZ", "9ZW"),),
         date(2026, 7, 31), "ended"),
    ],
)  # fmt: skip
def test_an_edition_says_its_date(
    tmp_path: Path, target: Path, name: str, rows: tuple[str, ...], expected: date, where: str
) -> None:
    report = put(csv_file(tmp_path, small(*rows), name), target)

    assert report.edition == expected
    assert where in report.edition_from


def test_a_file_without_any_date_is_as_old_as_it_is(tmp_path: Path, target: Path) -> None:
    source = csv_file(tmp_path, text(SOUTHWARK), "postcodes.csv")
    os.utime(source, (1_700_000_000, 1_700_000_000))

    assert put(source, target).edition == date(2023, 11, 14)
    assert put(source, target, edition=date(2024, 2, 29)).edition == date(2024, 2, 29)


def without(column: str) -> str:
    names = HEADER.split(",")
    at = names.index(column)
    rows = [line.split(",") for line in (HEADER, SOUTHWARK)]
    return "\r\n".join(",".join(cell for i, cell in enumerate(row) if i != at) for row in rows)


@pytest.mark.parametrize("column", HEADER.split(","))
def test_a_missing_column_is_named(tmp_path: Path, target: Path, column: str) -> None:
    words = refused(csv_file(tmp_path, without(column)), target)

    assert "has no column" in words
    assert column[:3] in words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (text().encode(), "has no rows"),
        (text("=A1,,E92000001,,,,,").encode(), "1 of 1 rows have no postcode"),
        (random.Random(1).randbytes(5000), "no column"),
        (b"\xff\xfe" + random.Random(1).randbytes(5001), "no"),
        (small()[:-60].encode(), "3 columns where the header has 8"),
        (small('"SE1 2DN,,').encode(), "is no sound CSV"),
        (small("SE1 2DN," + "x" * 200_000).encode(), "is no sound CSV"),
        (small(SOUTHWARK.replace("E14001085", "E14001086")).encode(), "stands twice and differs"),
        (small(SOUTHWARK.replace(",,", ",202601,")).encode(), "SE1 2DL stands twice"),
        (small().replace("E14001085", "Southwark").replace("S14000060", "X").encode(),
         "constituency holds no codes"),
        (small().replace("9200000", "9100000").replace("L93", "L91").encode(), "nation holds no"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_and_the_old_file_stays(
    tmp_path: Path, target: Path, content: bytes, words: str
) -> None:
    put(csv_file(tmp_path, small()), target)

    assert words in refused(csv_file(tmp_path, content, "new.csv"), target)


def test_the_same_row_twice_is_no_contradiction(tmp_path: Path, target: Path) -> None:
    assert put(csv_file(tmp_path, small(SOUTHWARK)), target).live == 3


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, target: Path) -> None:
    target.parent.mkdir()
    assert "There is no file nowhere.zip" in refused(tmp_path / "nowhere.zip", target)
    assert "no CSV with postcodes" in refused(zip_file(tmp_path, DOCUMENT), target)


def test_a_damaged_or_truncated_zip_is_refused(tmp_path: Path, target: Path) -> None:
    dice = random.Random(3)
    rows = [
        SOUTHWARK.replace("2DL", f"{d}{a}{b}") for d in range(10) for a in "ABDE" for b in "FGHJ"
    ]
    noise = [f"{row},{dice.random()}" for row in rows]
    whole = zip_file(tmp_path, {WHOLE: text(*noise, header=HEADER + ",noise")}).read_bytes()
    put(csv_file(tmp_path, small()), target)

    for length in [2**power for power in range(1, len(whole).bit_length())]:
        assert refused(csv_file(tmp_path, whole[:length], "cut.zip"), target)
    for at in range(100, len(whole) - 400, 97):
        damaged = bytearray(whole)
        damaged[at] ^= 0x55
        assert "damaged" in refused(csv_file(tmp_path, bytes(damaged), "damaged.zip"), target)


def test_a_locked_zip_is_refused(tmp_path: Path, target: Path) -> None:
    path = zip_file(tmp_path, {WHOLE: small()})
    content = bytearray(path.read_bytes())
    # The bit that says "locked", in the entry's own head and in the directory at the end.
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    target.parent.mkdir()

    assert "password" in refused(csv_file(tmp_path, bytes(content), "locked.zip"), target)


def test_a_way_of_packing_that_python_does_not_know_is_told(tmp_path: Path, target: Path) -> None:
    path = zip_file(tmp_path, {WHOLE: small()})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(mark) + offset] = 9  # Deflate64, as Windows packs large files.
    target.parent.mkdir()

    assert "cannot unpack" in refused(csv_file(tmp_path, bytes(content), "new.zip"), target)


def test_codes_unknown_to_us_are_told(tmp_path: Path, target: Path) -> None:
    old = SOUTHWARK.replace("2DL", "2DN").replace("E14001085", "E14000553")
    new = SOUTHWARK.replace("2DL", "2DP").replace("E56000010", "E56000036")

    report = put(csv_file(tmp_path, small(old, new)), target)

    assert report.unknown == {"constituency": ["E14000553"], "alliance": ["E56000036"]}


def test_a_directory_with_very_many_codes_gets_wider_words(tmp_path: Path, target: Path) -> None:
    rows = [
        f"SE{d} {s}A{a},,E92000001,E14{d * 100 + s:06},E56{d * 91 + s:06},E07{d * 7 + s:06},51,0"
        for d in range(1, 100) for s in range(10) for a in "ABD"
    ]  # fmt: skip

    put(csv_file(tmp_path, text(*rows)), target)
    directory = MappedDirectory(target)

    assert directory.size > len(rows) * 12
    assert directory.codes("SE579AD") == ("England", "E14005709", "E56005196", "E07000408")


def test_too_many_codes_or_sectors_are_no_directory(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_CODES", 3)
    monkeypatch.setattr(gathering, "MOST_SECTORS", 4)
    target.parent.mkdir()
    seats = [
        SOUTHWARK.replace("2DL", f"2D{c}").replace("1085", f"108{i}") for i, c in enumerate("ABDEF")
    ]
    sectors = [SOUTHWARK.replace("2DL", f"{i}DL") for i in range(6)]

    assert "no codes of areas" in refused(csv_file(tmp_path, text(*seats)), target)
    assert "more postcode sectors" in refused(csv_file(tmp_path, text(*sectors)), target)


def test_a_dry_run_tells_what_would_change_and_touches_nothing(
    tmp_path: Path, target: Path
) -> None:
    put(csv_file(tmp_path, small()), target)
    before, files = target.read_bytes(), sorted(target.parent.iterdir())
    moved = ABERDEEN.replace("S14000060", "S14000061").replace("S12000033", "S12000034")
    rows = (
        SOUTHWARK.replace(",,", ",202606,"),
        ENDED.replace("199812", "").replace("E56000010", "E56000011"),
        moved,
        SOUTHWARK.replace("2DL", "2DN"),
        SOUTHWARK.replace("SE1 ", "SE2 "),
    )
    source = csv_file(tmp_path, text(*rows), "ONSPD_NOV_2026.csv")

    report = put(source, target, dry_run=True)

    assert report.changes
    assert (report.changes.gained, report.changes.lost) == (2, 1)
    assert (report.changes.ended, report.changes.revived) == (1, 1)
    assert (report.changes.nation, report.changes.constituency) == (0, 1)
    assert (report.changes.alliance, report.changes.council) == (1, 1)
    assert (report.present_edition, report.edition) == (date(2026, 8, 31), date(2026, 11, 20))
    assert not report.replaced
    assert (target.read_bytes(), sorted(target.parent.iterdir())) == (before, files)


def test_changes_are_those_that_an_independent_count_finds(tmp_path: Path, target: Path) -> None:
    style = STYLES["nspl-2025"]
    first = write_csv(tmp_path / "first.csv", 3000, style, seed=1)
    second = write_csv(tmp_path / "second.csv", 3000, STYLES["onspd-2025"], seed=2)
    put(first, target)

    found = put(second, target, dry_run=True).changes

    def content(path: Path, names: dict[str, str]) -> dict[str, tuple[bool, tuple[str, ...]]]:
        return {k: (live, codes) for k, live, codes in read_independently(path, names)}  # type: ignore[misc]

    old = content(first, dict(style.names))
    new = content(second, dict(STYLES["onspd-2025"].names))
    both = old.keys() & new.keys()
    assert found
    assert (found.gained, found.lost) == (len(new.keys() - old), len(old.keys() - new))
    assert found.ended == sum(old[key][0] and not new[key][0] for key in both)
    assert found.council == sum(old[key][1][3] != new[key][1][3] for key in both)


def test_an_edition_that_would_lose_much_needs_a_yes(tmp_path: Path, target: Path) -> None:
    put(csv_file(tmp_path, small()), target)
    less = csv_file(tmp_path, text(SOUTHWARK), "less.csv")

    assert "3 of 4 postcodes would be lost" in refused(less, target)
    assert put(less, target, sure=True).replaced


def test_a_damaged_present_file_is_said_and_replaced(tmp_path: Path, target: Path) -> None:
    csv_file(target.parent, b"damaged", target.name)

    report = put(csv_file(tmp_path, small()), target)

    assert report.replaced
    assert "The present file cannot be compared." in report.notes[0]


def test_only_one_import_runs_at_a_time(tmp_path: Path, target: Path) -> None:
    source = csv_file(tmp_path, small())

    with fresh(target), pytest.raises(EditionRefused, match="Another import is running"):
        put(source, target)

    assert put(source, target).replaced


KILLED = """
import os, signal, sys
from pathlib import Path
from campaign_app.places.imported import importing
from tests.places.imported.editions import put

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(importing, sys.argv[3], die)
put(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("step", ["write", "verified", "put_in_place"])
def test_an_import_that_is_killed_half_way_leaves_the_old_file(
    tmp_path: Path, target: Path, step: str
) -> None:
    source = csv_file(tmp_path, small())
    put(source, target)
    before = target.read_bytes()
    newer = csv_file(tmp_path, small(SOUTHWARK.replace("2DL", "2DN")), "newer.csv")

    command = [sys.executable, "-c", KILLED, str(newer), str(target), step]
    done = subprocess.run(command, cwd=ROOT, check=False)

    assert done.returncode == -9
    assert target.read_bytes() == before
    assert put(newer, target).live == 4
    assert not list(target.parent.glob("*.part"))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    file = csv_file(tmp_path, small())

    assert "cannot be read or written" in refused(file, file / "places.bin")
