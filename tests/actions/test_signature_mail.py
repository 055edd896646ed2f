"""What the mails about a signature say, and when there is nothing to say any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions.confirm_signature import confirm_by_link
from campaign_app.actions.signature_links import CONFIRM, follow, link
from campaign_app.actions.signature_mail import KINDS, SignatureComposer
from campaign_app.campaigns.models import CampaignText
from campaign_app.cli.running import render
from campaign_app.delivery.mail import Mail
from campaign_app.delivery.models import Message
from campaign_app.petitions.models import Signature
from campaign_app.vault import tokens
from tests.petitions.signing import RULES, Crowd, petition

Compose = Callable[[datetime], Mail | None]


@pytest.fixture
def crowd(session: Session, now: datetime) -> Crowd:
    found = petition(session, now)
    text = CampaignText(
        version_id=found.version_id, field="title", lang="en", markdown="Count every woman"
    )
    session.add(text)
    session.commit()
    return Crowd(session, found, now)


@pytest.fixture
def newest(app: Flask, session: Session) -> Compose:
    def compose(when: datetime) -> Mail | None:
        session.rollback()
        message = session.scalars(select(Message).order_by(Message.id.desc())).first()
        assert message is not None
        assert message.kind in KINDS
        return SignatureComposer(RULES, render)(session, message, when)

    return compose


def test_the_mail_that_asks_holds_code_and_link(
    session: Session, crowd: Crowd, newest: Compose
) -> None:
    signature = crowd.sign()

    mail = newest(crowd.now)

    assert mail is not None
    assert mail.subject == "Please confirm your signature"
    assert (mail.to.name, mail.to.address) == ("Ann Example", "ann@gmail.com")
    assert tokens.code(signature.public_id, crowd.now) in mail.text
    assert "Count every woman" in mail.text
    linked = next(line for line in mail.text.split() if "/confirm/" in line)
    assert linked.startswith("https://act.example.org/confirm/")
    found = follow(session, linked.rpartition("/")[2], CONFIRM, crowd.now)
    assert found.public_id == signature.public_id


def test_a_late_mail_has_no_stale_code(crowd: Crowd, newest: Compose) -> None:
    signature = crowd.sign()

    mail = newest(crowd.now + timedelta(hours=1))

    assert mail is not None
    assert tokens.code(signature.public_id, crowd.now) not in mail.text


def test_who_signed_before_is_told_in_the_mail(
    session: Session, crowd: Crowd, newest: Compose
) -> None:
    token = link(crowd.sign(), CONFIRM, crowd.now)
    session.rollback()
    confirm_by_link(token, crowd.now)
    crowd.sign()

    mail = newest(crowd.now)

    assert mail is not None
    assert mail.subject == "You have signed our petition before"
    assert "/confirm/" not in mail.text


def test_nothing_is_sent_once_it_is_confirmed(
    session: Session, crowd: Crowd, newest: Compose
) -> None:
    token = link(crowd.sign(), CONFIRM, crowd.now)
    session.rollback()

    confirm_by_link(token, crowd.now)

    assert newest(crowd.now) is None
    assert session.scalars(select(Signature.confirmed_at)).all() == [crowd.now]
