"""Tokens: they name an act, hold for one purpose, and die."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.errors import LinkRefused
from campaign_app.vault import keys, tokens

HOUR = timedelta(hours=1)
ACT = "an-act-with-22-letters"


@pytest.fixture(autouse=True, scope="module")
def _own_keys() -> Iterator[None]:
    before = list(keys._current)
    keys.use(keys.Keys.from_secrets(b"a secret of tests", (), None))
    yield
    keys._current[:] = before


@pytest.fixture
def token(now: datetime) -> str:
    return tokens.sign("confirm", ACT, expires=now + HOUR, bound_to=b"ann")


def test_a_token_leads_to_its_act_until_it_dies(token: str, now: datetime) -> None:
    assert tokens.verify(token, "confirm", now=now + HOUR, bound_to=b"ann") == ACT
    assert tokens.subject(token) == ACT
    assert tokens.expiry(token) == now + HOUR


def test_an_expired_token_is_refused(token: str, now: datetime) -> None:
    with pytest.raises(LinkRefused):
        tokens.verify(token, "confirm", now=now + HOUR + timedelta(seconds=1), bound_to=b"ann")


def test_a_token_holds_for_one_purpose_only(token: str, now: datetime) -> None:
    with pytest.raises(LinkRefused):
        tokens.verify(token, "unsubscribe", now=now, bound_to=b"ann")


def test_a_token_dies_with_what_it_is_bound_to(token: str, now: datetime) -> None:
    with pytest.raises(LinkRefused):
        tokens.verify(token, "confirm", now=now, bound_to=b"bob")


def test_a_token_of_another_secret_is_refused(token: str, now: datetime) -> None:
    before = keys.current()
    keys.use(keys.Keys.from_secrets(b"another secret", (), None))

    with pytest.raises(LinkRefused):
        tokens.verify(token, "confirm", now=now, bound_to=b"ann")
    keys.use(before)


@given(st.integers(0, 60))
def test_a_token_that_was_cut_short_is_refused(length: int) -> None:
    now = datetime.fromisoformat("2026-11-20T09:00:00+00:00")
    whole = tokens.sign("confirm", ACT, expires=now + HOUR)

    with pytest.raises(LinkRefused):
        tokens.verify(whole[: min(length, len(whole) - 1)], "confirm", now=now)


@given(st.integers(0, 200), st.characters())
def test_a_token_with_another_letter_is_refused(at: int, letter: str) -> None:
    now = datetime.fromisoformat("2026-11-20T09:00:00+00:00")
    whole = tokens.sign("confirm", ACT, expires=now + HOUR)
    at %= len(whole)
    forged = whole[:at] + letter + whole[at + 1 :]

    if forged == whole:
        return
    with pytest.raises(LinkRefused):
        tokens.verify(forged, "confirm", now=now)


def test_a_longer_life_cannot_be_written_into_a_token(token: str, now: datetime) -> None:
    act, _, signature = token.split(".")

    with pytest.raises(LinkRefused):
        tokens.verify(f"{act}.zzzzzzz.{signature}", "confirm", now=now, bound_to=b"ann")


@pytest.mark.parametrize("text", ["", "a", "abcd.1.x", "abcd.zzzzzzzzzz." + "x" * 22, "\x00.1.2"])
def test_no_text_is_too_odd_to_be_refused_kindly(text: str) -> None:
    with pytest.raises(LinkRefused):
        tokens.expiry(text)


def test_every_token_has_the_same_shape(now: datetime) -> None:
    shape = re.compile(r"[A-Za-z0-9_-]{22}\.[0-9a-z]{6}\.[A-Za-z0-9_-]{22}")

    for purpose in ("confirm", "own-page", "unsubscribe"):
        token = tokens.sign(purpose, tokens.random_id(), expires=now + HOUR)
        assert shape.fullmatch(token)


def test_a_page_token_holds_for_its_campaign_and_its_time(now: datetime) -> None:
    token = tokens.page_token("fair-care", now=now)
    day = timedelta(hours=24)

    assert tokens.page_token_holds(token, "fair-care", now=now, life=day)
    assert tokens.page_token_holds(token, "fair-care", now=now + day, life=day)
    assert not tokens.page_token_holds(token, "fair-care", now=now + 2 * day, life=day)
    assert not tokens.page_token_holds(token, "another", now=now, life=day)


def test_a_page_token_from_the_future_is_not_ours(now: datetime) -> None:
    token = tokens.page_token("fair-care", now=now + timedelta(hours=2))

    assert not tokens.page_token_holds(token, "fair-care", now=now, life=HOUR)


def test_a_page_token_is_the_same_for_every_visitor_of_an_hour(now: datetime) -> None:
    later = now + timedelta(minutes=59)

    assert tokens.page_token("a", now=now) == tokens.page_token("a", now=later)


@pytest.mark.parametrize("text", ["", ".", "x", "é.é", "0.", "zzzzzzzzz.x"])
def test_a_forged_page_token_does_not_hold(text: str, now: datetime) -> None:
    assert not tokens.page_token_holds(text, "fair-care", now=now, life=HOUR)


def test_a_code_has_six_digits_and_belongs_to_one_act_and_moment(now: datetime) -> None:
    code = tokens.code(ACT, now)

    assert re.fullmatch(r"\d{6}", code)
    assert code == tokens.code(ACT, now)
    assert code != tokens.code(ACT, now + timedelta(seconds=1))
    assert code != tokens.code("another-act", now)


def test_public_ids_are_random_and_fit_their_column() -> None:
    found = {tokens.random_id() for _ in range(100)}

    assert len(found) == 100
    assert {len(one) for one in found} == {22}
