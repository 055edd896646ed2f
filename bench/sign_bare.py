"""What the databases do by themselves with the statements of a signature.

It is the other half of a ceiling. The statements are the product's own; only the values are
made here.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from werkzeug.datastructures import MultiDict

from bench.load import CONNECTIONS, SECONDS, _wait_for_idle
from bench.sign_app import CHOICES
from campaign_app.actions import sign_postgres, sign_sqlite
from campaign_app.actions.sign_fields import SignForm, read_form
from campaign_app.actions.sign_row import SignOccasion, consents_of, row_of, terms_of
from campaign_app.database import db
from campaign_app.petitions.life import Petition

TYPED = {
    "first_name": "Ann",
    "last_name": "Example",
    "email": "bare@gmail.com",
    "postcode": "SE1 2DL",
    "consent_email": "yes",
}
RANDOM_TEXT = ("public_id", "subject_id", "message_id", "mail_id")
RANDOM_BYTES = ("email_key", "person_key", "postcode_key", "network_key")


def values(petition: Petition) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """Return what one signature writes."""
    form = read_form(MultiDict(TYPED))
    if not isinstance(form, SignForm):
        raise TypeError
    occasion = SignOccasion(
        network=secrets.token_bytes(16),
        traffic_source=None,
        notice_id=1,
        page="petition",
        lang="en",
        now=datetime.now(UTC),
    )
    row = row_of(form, None, petition, occasion)
    row.update(nation="England", pcon="E14001085", alliance="E56000010")
    terms = terms_of(form, row, petition, occasion, limits=True, mail_domain="bench.invalid")
    return row, terms, consents_of(CHOICES[True])


def pgbench(url: str, petition: Petition, folder: Path) -> float:
    """Return how many signatures a second pgbench writes with the one statement, prepared."""
    _wait_for_idle()
    path = folder / "sign.sql"
    path.write_text(_script(sign_postgres.parameters(*values(petition))))
    at = make_url(url)
    shown = subprocess.run(
        [
            "pgbench", "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1",
            "-T", str(SECONDS), "-f", str(path), "-h", str(at.host), "-p", str(at.port),
            "-U", str(at.username), str(at.database),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", shown)
    return float(found[1]) if found else 0.0


def _script(given: dict[str, Any]) -> str:
    """Return the statement as pgbench takes it: random where people differ, constant elsewhere."""
    meant = sign_postgres.VALUES
    lines = re.sub(
        r"%\((\w+)\)s",
        lambda one: _sql(meant[one[1]], given[meant[one[1]]]),
        sign_postgres.STATEMENT,
    )
    names = [f"\\set r{name} random(1, 9000000000000000)" for name in (*RANDOM_TEXT, *RANDOM_BYTES)]
    return "\n".join([*names, lines + ";", ""])


def _sql(name: str, value: Any) -> str:  # noqa: ANN401, PLR0911 - one way for each type.
    if name in RANDOM_TEXT:
        return f"substr(md5((:r{name})::text), 1, 22)"
    if name in RANDOM_BYTES:
        return f"decode(md5((:r{name})::text), 'hex')"
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    if isinstance(value, list):
        return "'{" + ",".join(str(one) for one in value) + "}'"
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'::timestamptz"
    return f"'{value}'"


def sqlite_writer(url: str, petition: Petition) -> float:
    """Return how many signatures a second one bare writer makes with the same statements."""
    statements = _recorded(petition)
    path = url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    _wait_for_idle()
    done, end = 0, time.perf_counter() + SECONDS
    began = time.perf_counter()
    while time.perf_counter() < end:
        _write(connection, statements)
        done += 1
    took = time.perf_counter() - began
    connection.close()
    return done / took


def _recorded(petition: Petition) -> list[tuple[str, Any, bool]]:
    """Sign once, and write down what is sent to the database."""
    sent: list[tuple[str, Any, bool]] = []

    def note(_c: Any, _cursor: Any, statement: str, given: Any, _x: Any, many: bool) -> None:  # noqa: ANN401, FBT001 - SQLAlchemy's.
        sent.append((statement, given, many))

    event.listen(db.engine, "before_cursor_execute", note)
    sign_sqlite.write(db.engine, *values(petition))
    event.remove(db.engine, "before_cursor_execute", note)
    return [one for one in sent if not one[0].startswith("BEGIN")]


def _write(connection: sqlite3.Connection, statements: list[tuple[str, Any, bool]]) -> None:
    fresh: dict[Any, Any] = {}
    connection.execute("BEGIN IMMEDIATE")
    for statement, given, many in statements:
        if many:
            connection.executemany(statement, [_changed(one, fresh) for one in given])
        else:
            connection.execute(statement, _changed(given, fresh)).fetchall()
    connection.execute("COMMIT")


def _changed(given: Any, fresh: dict[Any, Any]) -> tuple[Any, ...]:  # noqa: ANN401 - a row.
    """Put a new value in the place of each random one, the same for the same."""
    return tuple(fresh.setdefault(one, _new(one)) if _random(one) else one for one in given)


def _random(one: object) -> bool:
    if isinstance(one, bytes):
        return len(one) == 16
    return isinstance(one, str) and (len(one) == 22 or one.endswith("@bench.invalid"))


def _new(one: object) -> object:
    return secrets.token_bytes(16) if isinstance(one, bytes) else secrets.token_hex(11)
