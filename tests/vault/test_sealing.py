"""Sealed columns: nobody reads, changes or moves them without our keys."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign_app.errors import KeyMissing
from campaign_app.privacy.models import Complaint
from campaign_app.vault import keys
from campaign_app.vault.sealing import NONCE_BYTES, seal, unseal

OLD, NEW = os.urandom(32), os.urandom(32)
PLACE = "complaint.words"


def use(*seal_keys: bytes) -> None:
    keys.use(keys.Keys.from_secrets(b"a secret of tests", seal_keys, None))


@pytest.fixture(autouse=True)
def _own_keys() -> Iterator[None]:
    before = list(keys._current)
    use(OLD)
    yield
    keys._current[:] = before


def test_a_sealed_value_opens_to_what_was_sealed() -> None:
    assert unseal(seal("Siân ŵ 👩🏽‍⚕️", PLACE), PLACE) == "Siân ŵ 👩🏽‍⚕️"


def test_the_same_words_are_never_sealed_to_the_same_value() -> None:
    assert seal("words", PLACE) != seal("words", PLACE)


def test_a_sealed_value_names_its_version_and_key() -> None:
    value = seal("words", PLACE)

    assert value[:1] == b"\x01"
    assert value[1:5] == keys.key_id(OLD)
    assert len(value) == 1 + 4 + NONCE_BYTES + len("words") + 16


@pytest.mark.parametrize("at", [0, 1, 4, 5, 16, 17, -1])
def test_a_changed_byte_anywhere_is_noticed(at: int) -> None:
    value = bytearray(seal("words", PLACE))

    value[at] ^= 1

    with pytest.raises(KeyMissing):
        unseal(bytes(value), PLACE)


@pytest.mark.parametrize("length", [0, 1, 5, 17, 30])
def test_a_value_that_was_cut_short_is_noticed(length: int) -> None:
    value = seal("words", PLACE)[:length]

    with pytest.raises(KeyMissing):
        unseal(value, PLACE)


def test_a_value_moved_to_another_column_is_refused_in_words() -> None:
    value = seal("words", PLACE)

    with pytest.raises(KeyMissing, match="changed or belongs elsewhere"):
        unseal(value, "complaint.email")


def test_a_value_of_an_unknown_key_is_refused_in_words() -> None:
    value = seal("words", PLACE)
    use(NEW)

    with pytest.raises(KeyMissing, match="key that opens personal data is missing"):
        unseal(value, PLACE)


def test_the_newest_key_seals_and_every_key_opens() -> None:
    old_value = seal("old words", PLACE)
    use(NEW, OLD)

    new_value = seal("new words", PLACE)

    assert new_value[1:5] == keys.key_id(NEW)
    assert unseal(old_value, PLACE) == "old words"
    assert unseal(new_value, PLACE) == "new words"


def complaint(session: Session, now: object, words: str | None) -> Complaint:
    row = Complaint(public_id="a-complaint", words=words, received_at=now)
    session.add(row)
    session.commit()
    session.expire_all()
    return row


def test_a_sealed_column_reads_as_words_and_lies_as_bytes(session: Session, now: object) -> None:
    row = complaint(session, now, "my words")

    raw = bytes(session.execute(text("SELECT words FROM complaint")).scalar_one())

    assert row.words == "my words"
    assert b"my words" not in raw


def test_a_sealed_column_may_be_empty(session: Session, now: object) -> None:
    row = complaint(session, now, None)

    assert row.words is None


def test_a_value_copied_to_another_column_in_the_database_is_noticed(
    session: Session, now: object
) -> None:
    row = complaint(session, now, "my words")

    session.execute(text("UPDATE complaint SET email = words"))
    session.expire_all()

    with pytest.raises(KeyMissing):
        _ = row.email
