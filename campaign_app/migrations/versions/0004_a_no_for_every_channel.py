"""A no for every channel: the CHECKs know the channel "any", as the models always did.

Without it the objection to being studied, and stopping everything, could not be written down.
Going down leaves the longer list: rows that use it are evidence, and nobody may remove them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("consent_event", "permission", "suppression")
BEFORE = "channel IN ('email', 'phone', 'sms', 'post', 'story')"
AFTER = "channel IN ('email', 'phone', 'sms', 'post', 'story', 'any')"


def upgrade() -> None:
    """Go up."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _edit_texts(connection)
        return
    for table in TABLES:
        op.drop_constraint(op.f(f"ck_{table}_channel"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_channel"), table, AFTER)


def downgrade() -> None:
    """Go down, which changes nothing; see above."""


def _edit_texts(connection: sa.Connection) -> None:
    # The way that SQLite's manual gives for a CHECK (lang_altertable.html, section 7): a rebuild
    # of the table would lose its other CHECKs and the triggers that guard the evidence.
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    for table in TABLES:
        connection.execute(
            sa.text(
                "UPDATE sqlite_master SET sql = replace(sql, :before, :after)"
                " WHERE type = 'table' AND name = :table"
            ),
            {"before": BEFORE, "after": AFTER, "table": table},
        )
    # A new number makes this connection and all others read the tables anew.
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")
