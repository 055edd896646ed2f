"""Answers are kept in our own table for a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.places.answers import Answer, Nation, Status
from campaign_app.places.kept import KeptAnswers, keep
from campaign_app.places.models import PostcodeAnswer
from campaign_app.places.postcode import Postcode
from tests.places.places import SE1, bare, southwark

WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    "answer",
    [
        southwark(),
        bare(Status.TERMINATED),
        bare(Status.NOT_GEOGRAPHIC),
        bare(Status.LIVE, Nation.CHANNEL_ISLANDS),
    ],
)
def test_a_kept_answer_comes_back_as_it_was(
    session: Session, now: datetime, answer: Answer
) -> None:
    keep(session, answer)

    assert KeptAnswers(session, WEEK).look_up(SE1, now) == answer


def test_an_answer_that_was_never_kept_is_not_known(session: Session, now: datetime) -> None:
    keep(session, southwark())

    assert KeptAnswers(session, WEEK).look_up(Postcode("SE1", "2DN"), now) is None


def test_an_answer_is_too_old_after_its_time(session: Session, now: datetime) -> None:
    keep(session, southwark(as_of=now))
    kept = KeptAnswers(session, WEEK)

    assert kept.look_up(SE1, now + WEEK)
    assert kept.look_up(SE1, now + WEEK + timedelta(seconds=1)) is None


def test_a_newer_answer_renews_the_kept_one(session: Session, now: datetime) -> None:
    kept = KeptAnswers(session, WEEK)
    keep(session, southwark(as_of=now - WEEK))
    kept.look_up(SE1, now)

    newer = replace(southwark("other", now), pcon="E14001559", alliance=None)
    keep(session, newer)

    assert kept.look_up(SE1, now) == newer
    assert session.scalar(select(func.count()).select_from(PostcodeAnswer)) == 1


def test_an_older_answer_does_not_replace_a_newer_one(session: Session, now: datetime) -> None:
    keep(session, southwark("newer", now))
    keep(session, southwark("older", now - WEEK))

    kept = KeptAnswers(session, WEEK).look_up(SE1, now)

    assert kept is not None
    assert kept.source == "newer"


def test_keeping_belongs_to_the_transaction_of_the_caller(session: Session, now: datetime) -> None:
    keep(session, southwark())
    session.rollback()

    assert KeptAnswers(session, WEEK).look_up(SE1, now) is None
