"""The directory's file: whole or refused, and never wrong."""

from __future__ import annotations

import random
import zlib
from pathlib import Path

import pytest

from bench.editions import STYLES, write_csv
from campaign_app.errors import PlacesUnavailable
from campaign_app.places.imported.layout import END, HEAD, MAGIC, DirectoryDamaged
from campaign_app.places.imported.mapped import MappedDirectory, verified
from campaign_app.places.imported.source import ImportedDirectory
from campaign_app.places.postcode import Postcode
from tests.places.imported.editions import NOW, csv_file, put, small


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a directory of 3,000 postcodes."""
    folder = tmp_path_factory.mktemp("directory")
    put(write_csv(folder / "x.csv", 3000, STYLES["onspd-2026"]), folder / "places.bin")
    return (folder / "places.bin").read_bytes()


def test_a_whole_file_opens_and_verifies(tmp_path: Path, content: bytes) -> None:
    path = csv_file(tmp_path, content, "places.bin")

    assert content.startswith(MAGIC)
    assert content.endswith(END)
    assert verified(path).postcodes == 3000


def test_a_file_truncated_at_every_power_of_two_is_refused(tmp_path: Path, content: bytes) -> None:
    lengths = [0, *(2**power for power in range(len(content).bit_length())), len(content) - 1]

    for length in lengths:
        path = csv_file(tmp_path, content[:length], "places.bin")
        with pytest.raises(DirectoryDamaged):
            MappedDirectory(path)


def test_a_file_with_something_behind_it_is_refused(tmp_path: Path, content: bytes) -> None:
    for more in (b"x", END, content):
        with pytest.raises(DirectoryDamaged):
            MappedDirectory(csv_file(tmp_path, content + more, "places.bin"))


def test_a_damaged_byte_anywhere_is_refused_by_the_full_hash(
    tmp_path: Path, content: bytes
) -> None:
    places = [*range(64), *range(0, len(content), 61), *range(len(content) - 41, len(content))]

    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        with pytest.raises(DirectoryDamaged):
            verified(csv_file(tmp_path, bytes(damaged), "places.bin"))


def test_damaged_bytes_that_the_start_lets_pass_never_break_a_look_up(
    tmp_path: Path, content: bytes
) -> None:
    dice = random.Random(9)
    keys = [f"{area}{n}{u}AB" for area in ("SE", "M", "EH") for n in range(1, 30) for u in range(9)]
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(200):
            damaged[dice.randrange(9000, len(content) - 40)] = dice.randrange(256)
        directory = ImportedDirectory(csv_file(tmp_path, bytes(damaged), "places.bin"))
        for key in keys:
            try:
                directory.look_up(Postcode(key[:-3], key[-3:]), NOW)
            except PlacesUnavailable:
                continue


def test_nonsense_in_what_a_file_says_of_itself_is_refused(tmp_path: Path) -> None:
    put(csv_file(tmp_path, small()), tmp_path / "places.bin")
    content = (tmp_path / "places.bin").read_bytes()

    for good, bad in ((b'"England"', b'"Englond"'), (b'"live"', b'"life"'), (b"{", b"[")):
        with pytest.raises(DirectoryDamaged):
            MappedDirectory(csv_file(tmp_path, _resealed(content, good, bad), "bad.bin"))


def _resealed(content: bytes, good: bytes, bad: bytes) -> bytes:
    magic, length, size, _ = HEAD.unpack_from(content)
    about = content[HEAD.size : HEAD.size + size].replace(good, bad, 1)
    return HEAD.pack(magic, length, size, zlib.crc32(about)) + about + content[HEAD.size + size :]
