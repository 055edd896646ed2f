"""The register: no personal column without its purpose, its life and its end."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table

from campaign_app import tables
from campaign_app.evidence.append_only import EVIDENCE_TABLES
from campaign_app.vault.register import Erasure, Personal, personal
from campaign_app.vault.sealing import Sealed
from tests.vault.personal_columns import misplaced_seals, needlessly_excused, unregistered


def entries() -> dict[str, Personal]:
    return {
        str(column): column.info["personal"]
        for table in tables.metadata.sorted_tables
        for column in table.columns
        if "personal" in column.info
    }


def test_every_personal_column_is_in_the_register() -> None:
    assert list(unregistered(tables.metadata)) == []


def test_no_excuse_is_left_over() -> None:
    assert list(needlessly_excused(tables.metadata)) == []


def test_every_sealed_column_is_bound_to_its_own_place() -> None:
    assert list(misplaced_seals(tables.metadata)) == []


@pytest.mark.parametrize(
    "planted",
    [
        Column("email", String(254)),
        Column("first_name", String(80)),
        Column("home_postcode", String(8)),
        Column("own_words", String(80)),
        Column("client_ip", String(40)),
        Column("harmless", Sealed("planted.harmless")),
    ],
    ids=lambda column: column.name,
)
def test_a_planted_personal_column_is_found(planted: Column[str]) -> None:
    metadata = MetaData()
    Table("planted", metadata, Column("id", Integer, primary_key=True), planted)

    assert list(unregistered(metadata)) == [f"planted.{planted.name}"]


def test_a_planted_column_with_its_entry_is_fine() -> None:
    metadata = MetaData()
    entry = personal("to write to them", kept="a year")
    Table("planted", metadata, Column("email", Sealed("planted.email"), info=entry))

    assert list(unregistered(metadata)) == []


def test_a_seal_of_another_column_is_found() -> None:
    metadata = MetaData()
    Table("planted", metadata, Column("email", Sealed("letter.email")))

    assert list(misplaced_seals(metadata)) == ["planted.email"]


def test_every_entry_says_why_and_how_long() -> None:
    assert not [place for place, entry in entries().items() if not entry.purpose or not entry.kept]


def test_evidence_holds_nothing_that_can_be_led_back_to_a_person() -> None:
    kept = {
        place: entry.erasure
        for place, entry in entries().items()
        if place.partition(".")[0] in EVIDENCE_TABLES
    }

    assert set(kept.values()) <= {Erasure.KEPT}
