"""The two ways to sign write the same rows, with few statements and no lock on a shared row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from campaign_app.actions import sign_postgres
from campaign_app.actions.confirm_signature import (
    CONFIRMATION_AND_STEP,
    FOUND,
    confirm_by_link,
)
from campaign_app.actions.sign_engine import quick_engine
from campaign_app.actions.sign_fields import SignForm, read_form
from campaign_app.actions.sign_row import SignOccasion, consents_of, row_of, terms_of
from campaign_app.actions.signature_links import CONFIRM, link
from campaign_app.database import db
from campaign_app.delivery.models import Message, MessageEvent
from campaign_app.petitions.models import CountDelta, Signature
from campaign_app.settings import Settings
from campaign_app.supporters.consents import Choice
from campaign_app.supporters.models import Channel, ConsentEvent, Purpose
from campaign_app.vault.hashing import network_key
from tests.databases import PristineDatabase, PristineFile, settings_for
from tests.petitions.signing import Crowd, answer, form, petition

YES = Choice(Channel.EMAIL, Purpose.UPDATES, granted=True, wording_id=1)
NO = replace(YES, granted=False)
RANDOM = {"public_id", "subject_id", "mail_id", "form_id"}

#: Everything that somebody may do, as (typed, choices, network, seconds later, confirm it).
STORY: tuple[tuple[dict[str, str], tuple[Choice, ...], str, int, bool], ...] = (
    ({}, (YES,), "10.0.0.1", 0, True),
    ({}, (NO,), "10.0.0.1", 5, True),
    ({"email": "ANN+x@googlemail.com"}, (), "10.0.0.1", 9, False),
    ({"first_name": "Bob"}, (YES, NO), "10.0.0.2", 20, True),
    ({"first_name": "Cat"}, (), "10.0.0.2", 30, True),
    ({"first_name": "Bob", "email": "b@c.org", "postcode": "M20 4BX"}, (), "10.0.0.3", 40, True),
    ({"first_name": "Eve", "email": "b@c.org"}, (), "10.0.0.3", 50, False),
    ({"email": "x@mailinator.com"}, (YES,), "2001:db8::1", 60, True),
    ({"email": "y@gmail.com", "website": "x"}, (), "2001:db8::2", 70, False),
    ({"email": "f@orange.fr", "country": "FR"}, (YES,), "10.0.0.4", 80, False),
    ({"email": "g@gmail.com", "postcode": "BFPO 57"}, (), "10.0.0.4", 90, True),
    *(({"first_name": f"N{n}", "email": "m@gmail.com"}, (), "10.0.0.5", 100 + n, False)
      for n in range(12)),
    *(({"email": f"p{n}@gmail.com"}, (), "10.0.0.6", 200, False) for n in range(62)),
)  # fmt: skip


@pytest.mark.postgres
@pytest.mark.parametrize("counts_at_once", [False, True])
def test_both_databases_write_the_same_rows(
    start_app: Callable[[Settings], Flask],
    pristine_file: PristineFile,
    pristine_database: PristineDatabase,
    tmp_path: Path,
    now: datetime,
    counts_at_once: bool,
) -> None:
    written = []
    for url in (pristine_file.copied_to(tmp_path), pristine_database.cleaned()):
        with start_app(settings_for(url, tmp_path)).app_context():
            written.append(tell(db.session(), now, counts_at_once=counts_at_once))
            db.session.remove()

    assert written[0] == written[1]
    assert len(written[0]["signature"]) == len(STORY)


def tell(session: Session, now: datetime, *, counts_at_once: bool) -> dict[str, list[Any]]:
    """Let the story happen, and return every row that it left."""
    crowd = Crowd(session, petition(session, now, counts_at_once=counts_at_once), now)
    for typed, choices, network, seconds, proven in STORY:
        when = now + timedelta(seconds=seconds)
        signature = crowd.sign(typed=typed, choices=choices, network=network, now=when)
        token = link(signature, CONFIRM, when)
        session.rollback()
        if proven:
            confirm_by_link(token, when)
    tables = (Signature, ConsentEvent, Message, MessageEvent, CountDelta)
    return {table.__tablename__: rows(session, table) for table in tables}


def rows(session: Session, table: Any) -> list[Any]:  # noqa: ANN401 - any table.
    names = [c.name for c in table.__table__.columns if c.name not in RANDOM]
    found = session.scalars(select(table).order_by(table.id)).all()
    return [{name: getattr(row, name) for name in names} for row in found]


@contextmanager
def statements(*engines: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Write down what is sent, for a while."""
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, given: Any, *_rest: Any) -> None:  # noqa: ANN401
        sent.append((statement, given))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield sent
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def crowd(session: Session, now: datetime) -> Crowd:
    return Crowd(session, petition(session, now), now)


def engines() -> tuple[Engine, ...]:
    return (db.engine,) if on_sqlite() else (db.engine, quick_engine(db.engine))


def on_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def test_few_statements_are_sent(session: Session, crowd: Crowd) -> None:
    with statements(*engines()) as sent:
        signed = crowd.press(choices=(YES, NO))
    signature = crowd.row(signed)
    token = link(signature, CONFIRM, crowd.now)
    session.rollback()
    with statements(*engines()) as confirmed:
        confirm_by_link(token, crowd.now)

    # On SQLite, BEGIN is one of them.
    assert len(sent) == (10 if on_sqlite() else 1)
    assert len(confirmed) == (4 if on_sqlite() else 2), [one[0][:50] for one in confirmed]


def test_no_statement_reads_the_whole_table(session: Session, crowd: Crowd) -> None:
    for n in range(300):
        crowd.press(email=f"p{n}@gmail.com")
    with statements(*engines()) as sent:
        token = link(crowd.sign(choices=(YES,)), CONFIRM, crowd.now)
        session.rollback()
        confirm_by_link(token, crowd.now)

    plans = "\n".join(plan(session, statement, given) for statement, given in sent)

    assert "SCAN signature" not in plans, plans
    assert "Seq Scan on signature" not in plans, plans


def plan(session: Session, statement: str, given: Any) -> str:  # noqa: ANN401 - as it was sent.
    if on_sqlite():
        if statement.startswith("BEGIN"):
            return ""
        explained = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        return "\n".join(row[-1] for row in explained)
    driver: Any = session.connection().connection.driver_connection
    with psycopg.ClientCursor(driver) as cursor:
        # The table is small here; at any size an index must be possible.
        cursor.execute("ANALYZE signature")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", given)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.fixture
def open_signature(crowd: Crowd) -> Iterator[psycopg.Connection]:
    """A signature that is being written by somebody else and not committed yet."""
    if on_sqlite():
        pytest.skip("SQLite has one writer at a time")
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        given = parameters(crowd, "slow@gmail.com")
        values = {code: given[name] for code, name in sign_postgres.VALUES.items()}
        connection.execute(sign_postgres.STATEMENT, values)
        yield connection
        connection.rollback()


def parameters(crowd: Crowd, email: str) -> dict[str, Any]:
    typed = form(email=email)
    occasion = SignOccasion(
        network=network_key("10.0.0.9"),
        traffic_source=None,
        notice_id=1,
        page="petition",
        lang="en",
        now=crowd.now,
    )
    row = row_of(typed, answer(crowd.now), crowd.petition, occasion)
    terms = terms_of(
        typed, row, crowd.petition, occasion, limits=True, mail_domain="letters.example.org"
    )
    return sign_postgres.parameters(row, terms, consents_of((YES,)))


@pytest.mark.parametrize("table", ["campaign", "campaign_version", "wording", "count_total"])
def test_no_row_that_signers_share_is_locked(
    session: Session, crowd: Crowd, open_signature: psycopg.Connection, table: str
) -> None:
    session.execute(text(f"SELECT * FROM {table} FOR UPDATE NOWAIT"))
    session.rollback()

    crowd.press(email="quick@gmail.com", network="10.0.0.9")

    assert session.scalars(select(Signature.email)).all() == ["quick@gmail.com"]


def test_a_dead_connection_is_replaced(session: Session, crowd: Crowd) -> None:
    if on_sqlite():
        pytest.skip("SQLite has no server")
    crowd.press()
    with quick_engine(db.engine).connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    session.rollback()

    crowd.press(email="b@gmail.com")

    assert len(session.scalars(select(Signature.id)).all()) == 2


def test_psycopg_can_remember_the_statement() -> None:
    assert len(sign_postgres.STATEMENT) <= 4096
    assert len(sign_postgres.VALUES) <= 50


def test_the_confirmation_is_one_statement() -> None:
    assert "WITH written AS" in str(CONFIRMATION_AND_STEP)
    assert "signature" in str(FOUND)
    assert isinstance(read_form(MultiDict({"email": "x"})), list)
    assert isinstance(form(), SignForm)
