"""Wordings: what a person was shown can always be shown again."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.evidence import wordings
from campaign_app.evidence.wordings import Wording, WordingText
from tests.together import two_at_once

WORDS = {"en": "Can we email you?", "cy": "Gawn ni e-bostio?"}


def rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Wording)) or 0


def test_the_same_words_have_one_row(session: Session, now: datetime) -> None:
    first = wordings.keep(session, "contact.email", WORDS, now)

    again = wordings.keep(session, "contact.email", dict(reversed(WORDS.items())), now)

    assert again == first
    assert rows(session) == 1


def test_changed_words_make_a_new_row_and_the_old_ones_stay(
    session: Session, now: datetime
) -> None:
    old = wordings.keep(session, "contact.email", WORDS, now)

    new = wordings.keep(session, "contact.email", {**WORDS, "en": "May we email you?"}, now)

    assert new != old
    assert wordings.shown(session, old, "en") == "Can we email you?"
    assert wordings.shown(session, new, "en") == "May we email you?"
    assert wordings.shown(session, new, "cy") == WORDS["cy"]


def test_the_same_words_in_two_places_are_two_wordings(session: Session, now: datetime) -> None:
    one = wordings.keep(session, "contact.email", WORDS, now)

    assert wordings.keep(session, "contact.phone", WORDS, now) != one


def test_words_cannot_slip_from_one_language_into_another(session: Session, now: datetime) -> None:
    one = wordings.keep(session, "a", {"en": "x", "cy": "y"}, now)

    assert wordings.keep(session, "a", {"en": "y", "cy": "x"}, now) != one


def test_a_language_without_words_has_none(session: Session, now: datetime) -> None:
    known = wordings.keep(session, "contact.email", {"en": "Hello"}, now)

    assert wordings.shown(session, known, "cy") is None


def test_every_text_carries_its_own_sha256(session: Session, now: datetime) -> None:
    known = wordings.keep(session, "a", {"en": "abc"}, now)

    text = session.get_one(WordingText, (known, "en"))
    assert text.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_two_supporters_may_be_the_first_to_see_new_words(
    app: Flask, session: Session, now: datetime
) -> None:
    def keep(other: Session) -> int:
        return wordings.keep(other, "contact.email", WORDS, now)

    with two_at_once(app, keep) as (first, others):
        mine = keep(first)

    assert others == [mine]
    assert rows(session) == 1
