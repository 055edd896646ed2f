"""Keys: derived apart, never printed, and a lost or changed one is noticed at start."""

from __future__ import annotations

import os
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.errors import KeyMissing
from campaign_app.vault import keys
from campaign_app.vault.keys import Keys
from campaign_app.vault.models import KeyFingerprint, check_keys
from tests.together import two_at_once

SECRET, PEPPER = b"a secret of tests", b"a pepper of tests"
OLD, NEW = os.urandom(32), os.urandom(32)


def given(*seal_keys: bytes, pepper: bytes | None = PEPPER, secret: bytes = SECRET) -> Keys:
    return Keys.from_secrets(secret, seal_keys, pepper)


def test_links_pepper_and_seals_have_keys_of_their_own() -> None:
    made = given(pepper=None)

    assert len({made.links, made.pepper, *made.sealing.values()}) == 3


def test_no_key_is_ever_printed() -> None:
    made = given(OLD)

    assert repr(made) == "Keys()"


def test_without_keys_in_use_it_says_so() -> None:
    before = list(keys._current)
    keys._current.clear()

    with pytest.raises(RuntimeError, match="create the app first"):
        keys.current()
    keys._current[:] = before


def test_the_first_start_remembers_the_keys(session: Session, now: datetime) -> None:
    check_keys(session, given(OLD), now)
    check_keys(session, given(OLD), now)

    known = session.scalars(select(KeyFingerprint.name)).all()
    assert sorted(known) == ["pepper", f"seal-{keys.key_id(OLD).hex()}"]


def test_a_fingerprint_gives_no_key_away(session: Session, now: datetime) -> None:
    check_keys(session, given(OLD), now)

    for row in session.scalars(select(KeyFingerprint)):
        assert OLD.hex() not in row.fingerprint
        assert given(OLD).pepper.hex()[:16] != row.fingerprint


def test_another_pepper_is_refused_in_words(session: Session, now: datetime) -> None:
    check_keys(session, given(OLD), now)

    with pytest.raises(KeyMissing, match="CAMPAIGN_PEPPER") as refused:
        check_keys(session, given(OLD, pepper=b"another pepper"), now)
    assert refused.value.what_next == "Put the former value back and start again."


def test_another_secret_key_is_refused_where_the_pepper_hangs_on_it(
    session: Session, now: datetime
) -> None:
    check_keys(session, given(OLD, pepper=None), now)

    with pytest.raises(KeyMissing, match="CAMPAIGN_SECRET_KEY"):
        check_keys(session, given(OLD, pepper=None, secret=b"another secret"), now)


def test_another_secret_key_is_fine_beside_a_pepper(session: Session, now: datetime) -> None:
    check_keys(session, given(OLD), now)

    check_keys(session, given(OLD, secret=b"another secret"), now)


def test_a_lost_seal_key_is_refused_by_its_name(session: Session, now: datetime) -> None:
    check_keys(session, given(OLD), now)

    with pytest.raises(KeyMissing, match=keys.key_id(OLD).hex()) as refused:
        check_keys(session, given(NEW), now)
    assert "CAMPAIGN_SEAL_KEYS" in refused.value.what_next


def test_a_new_key_in_front_of_the_old_one_is_welcome(session: Session, now: datetime) -> None:
    check_keys(session, given(OLD), now)

    check_keys(session, given(NEW, OLD), now)

    assert len(session.scalars(select(KeyFingerprint)).all()) == 3


def test_a_retired_key_may_be_gone_or_still_be_there(session: Session, now: datetime) -> None:
    check_keys(session, given(NEW, OLD), now)
    row = session.get_one(KeyFingerprint, f"seal-{keys.key_id(OLD).hex()}")
    row.retired_at = now
    session.flush()

    check_keys(session, given(NEW), now)
    check_keys(session, given(NEW, OLD), now)


def test_web_and_worker_may_start_at_the_same_moment(
    app: Flask, session: Session, now: datetime
) -> None:
    with two_at_once(app, lambda other: check_keys(other, given(OLD), now)) as (first, _):
        check_keys(first, given(OLD), now)

    assert len(session.scalars(select(KeyFingerprint)).all()) == 2
