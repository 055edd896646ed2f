"""Signatures: when they count, how they are confirmed, and no lock on any shared row.

Three things change for the sake of the one hot path (decision 0007): a row says on which day
it counts; the unique indexes bind rows that count; and what every signer points to (campaign,
version, wording) is no foreign key any more, because PostgreSQL would lock that one row for
each of them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNTED = sa.text("counted_on IS NOT NULL")
CONFIRMED = sa.text("state = 'confirmed'")
SUPPORTED = sa.text("supporter_id IS NOT NULL")
INVALIDATED = sa.text("invalidation_id IS NOT NULL")
PROVEN_ALONE = sa.text("confirmed_at IS NOT NULL AND supporter_id IS NULL AND erased_at IS NULL")

SHARED_ROWS = (
    ("signature", "campaign_id", "campaign"),
    ("signature", "version_id", "campaign_version"),
    ("signature", "notice_id", "wording"),
    ("consent_event", "campaign_id", "campaign"),
    ("consent_event", "wording_id", "wording"),
    ("message", "campaign_id", "campaign"),
)

COLUMNS = (
    ("signature", sa.Column("counted_on", sa.Date(), nullable=True)),
    ("signature", sa.Column("mail_due_at", sa.DateTime(timezone=True), nullable=True)),
    ("signature", sa.Column("mails", sa.Integer(), nullable=False, server_default="0")),
    ("signature", sa.Column("code_issued_at", sa.DateTime(timezone=True), nullable=True)),
    ("signature", sa.Column("code_tries", sa.Integer(), nullable=False, server_default="0")),
    ("signature", sa.Column("email_version", sa.Integer(), nullable=False, server_default="0")),
    ("signature", sa.Column("postcode_key", sa.LargeBinary(16), nullable=True)),
    ("count_delta", sa.Column("kind", sa.String(8), nullable=False, server_default="online")),
    ("invalidation", sa.Column("last_id", sa.BigInteger(), nullable=False, server_default="0")),
    ("invalidation", sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True)),
    ("invalidation", sa.Column("undone_by", sa.Integer(), nullable=True)),
    ("paper_batch", sa.Column("withdrawn_by", sa.Integer(), nullable=True)),
)

STAFF = (("invalidation", "undone_by"), ("paper_batch", "withdrawn_by"))

STATES = ("pending", "confirmed", "held", "invalidated", "expired")
WITH_DUPLICATE = ("pending", "confirmed", "held", "invalidated", "duplicate", "expired")

CHECKS = (
    ("ck_signature_confirmed_counts", "state <> 'confirmed' OR counted_on IS NOT NULL"),
    (
        "ck_signature_others_do_not_count",
        "counted_on IS NULL OR state IN ('pending', 'confirmed')",
    ),
)

OLD_INDEXES = (
    "one_signature_per_slot",
    "one_signature_per_person",
    "ix_signature_address",
    "ix_signature_supporter_id",
    "ix_signature_invalidation_id",
)
SLOT = ("one_signature_per_slot", ["campaign_id", "email_key", "slot"])
PERSON = ("one_signature_per_person", ["campaign_id", "person_key"])


def upgrade() -> None:
    """Go up."""
    for table, column in COLUMNS:
        op.add_column(table, column)
    op.execute("UPDATE signature SET counted_on = date(confirmed_at) WHERE state = 'confirmed'")
    op.execute("UPDATE count_delta SET kind = 'online'")
    for name in OLD_INDEXES:
        op.drop_index(name, table_name="signature")
    _on_sqlite() if op.get_bind().dialect.name == "sqlite" else _on_postgresql()
    _index(*SLOT, COUNTED, unique=True)
    _index(*PERSON, COUNTED, unique=True)
    _index("ix_signature_address", ["campaign_id", "email_key", "mail_due_at"])
    _index("ix_signature_unwelcomed", ["confirmed_at"], PROVEN_ALONE)
    _index("ix_signature_supporter_id", ["supporter_id"], SUPPORTED)
    _index("ix_signature_invalidation_id", ["invalidation_id"], INVALIDATED)


def downgrade() -> None:
    """Go down."""
    for name in (*OLD_INDEXES, "ix_signature_unwelcomed"):
        op.drop_index(name, table_name="signature")
    op.execute("UPDATE signature SET state = 'expired' WHERE state = 'duplicate'")
    _back_on_sqlite() if op.get_bind().dialect.name == "sqlite" else _back_on_postgresql()
    for table, column in COLUMNS:
        op.drop_column(table, column.name)
    _index(*SLOT, CONFIRMED, unique=True)
    _index(*PERSON, CONFIRMED, unique=True)
    _index("ix_signature_address", ["campaign_id", "email_key"])
    _index("ix_signature_supporter_id", ["supporter_id"])
    _index("ix_signature_invalidation_id", ["invalidation_id"])


def _index(
    name: str, columns: list[str], where: sa.TextClause | None = None, *, unique: bool = False
) -> None:
    op.create_index(
        name, "signature", columns, unique=unique, sqlite_where=where, postgresql_where=where
    )


def _on_postgresql() -> None:
    for table, column, referred in SHARED_ROWS:
        op.drop_constraint(_foreign_key(table, column, referred), table, type_="foreignkey")
    for table, column in STAFF:
        op.create_foreign_key(
            _foreign_key(table, column, "staff"), table, "staff", [column], ["id"]
        )
    op.drop_constraint("state", "signature", type_="check")
    op.create_check_constraint("state", "signature", _one_of(WITH_DUPLICATE))
    for name, condition in CHECKS:
        op.create_check_constraint(op.f(name), "signature", condition)


def _back_on_postgresql() -> None:
    for name, _condition in CHECKS:
        op.drop_constraint(op.f(name), "signature", type_="check")
    op.drop_constraint("state", "signature", type_="check")
    op.create_check_constraint("state", "signature", _one_of(STATES))
    for table, column in STAFF:
        op.drop_constraint(_foreign_key(table, column, "staff"), table, type_="foreignkey")
    for table, column, referred in SHARED_ROWS:
        name = _foreign_key(table, column, referred)
        op.create_foreign_key(name, table, referred, [column], ["id"])


# SQLite changes no constraint by itself. Its manual (lang_altertable.html, section 7) gives this
# way for changes that leave the rows as they are: the text of the table is edited. A rebuild
# would lose CHECKs and the triggers that guard the evidence.


def _on_sqlite() -> None:
    edits: dict[str, list[tuple[str, str]]] = {}
    for table, column, referred in SHARED_ROWS:
        edits.setdefault(table, []).append((_reference(table, column, referred), ""))
    edits["signature"] += [
        (_one_of(STATES), _one_of(WITH_DUPLICATE)),
        (_SLOTS, _SLOTS + "".join(f", \n\tCONSTRAINT {name} CHECK ({c})" for name, c in CHECKS)),
    ]
    for table, column in STAFF:
        plain = f"{column} INTEGER"
        edits.setdefault(table, []).append((plain, plain + _inline_reference(table, column)))
    _edit(edits)


def _back_on_sqlite() -> None:
    edits: dict[str, list[tuple[str, str]]] = {}
    for table, column, referred in SHARED_ROWS:
        anchor = _ANCHORS[table]
        edits.setdefault(table, []).append((anchor, _reference(table, column, referred) + anchor))
    edits["signature"] += [
        (f", \n\tCONSTRAINT {name} CHECK ({condition})", "") for name, condition in CHECKS
    ]
    edits["signature"].append((_one_of(WITH_DUPLICATE), _one_of(STATES)))
    for table, column in STAFF:
        edits.setdefault(table, []).append((_inline_reference(table, column), ""))
    _edit(edits)


_SLOTS = "CONSTRAINT ck_signature_two_people_at_most CHECK (slot BETWEEN 0 AND 1)"
_ANCHORS = {
    table: f", \n\tCONSTRAINT pk_{table} PRIMARY KEY (id)"
    for table in ("signature", "consent_event", "message")
}


def _edit(edits: dict[str, list[tuple[str, str]]]) -> None:
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    for table, changes in edits.items():
        _edit_table(connection, table, changes)
    # A new number makes this connection and all others read the tables anew.
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")


def _edit_table(connection: sa.Connection, table: str, changes: list[tuple[str, str]]) -> None:
    named = {"name": table}
    found = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"
    written: str = connection.execute(sa.text(found), named).scalar_one()
    for before, after in changes:
        if before not in written:
            msg = f"{table} does not hold {before!r}"
            raise RuntimeError(msg)
        written = written.replace(before, after, 1)
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"),
        {"sql": written, **named},
    )


def _reference(table: str, column: str, referred: str) -> str:
    name = _foreign_key(table, column, referred)
    return f", \n\tCONSTRAINT {name} FOREIGN KEY({column}) REFERENCES {referred} (id)"


def _inline_reference(table: str, column: str) -> str:
    return f" CONSTRAINT {_foreign_key(table, column, 'staff')} REFERENCES staff (id)"


def _foreign_key(table: str, column: str, referred: str) -> str:
    return f"fk_{table}_{column}_{referred}"


def _one_of(states: tuple[str, ...]) -> str:
    return f"state IN ({', '.join(repr(state) for state in states)})"
