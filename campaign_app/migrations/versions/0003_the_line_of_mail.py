"""The line of mail: messages leave by stream, and letters of one target are counted by time.

A claim asks each stream for its first due message, so that a paused or long stream costs the
others nothing; the hourly share of a target is counted on an index (decision 0008). Beside it
stand answers of offices on their way to the writer, and what became of a letter.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ACTIVE = sa.text("state IN ('waiting', 'due', 'sending')")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ANSWERS = sa.Enum(
    "yes",
    "not_yet",
    "not_to_the_point",
    "refused",
    name="answer",
    native_enum=False,
    create_constraint=True,
    length=24,
)
WAITING = sa.text("state IN ('waiting', 'due')")


def upgrade() -> None:
    op.drop_index("ix_message_due", "message")
    op.drop_index("ix_message_target_id", "message")
    op.create_index(
        "ix_message_leaving",
        "message",
        ["stream", "due_at", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index("ix_message_target", "message", ["target_id", "data_started_at"])
    op.create_table(
        "inbound_reply",
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("letter_id", KEY, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name="fk_inbound_reply_message_id_message",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name="fk_inbound_reply_letter_id_letter"
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_inbound_reply"),
    )
    op.create_index("ix_inbound_reply_letter_id", "inbound_reply", ["letter_id"])
    op.create_table(
        "follow_up",
        sa.Column("letter_id", KEY, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", ANSWERS, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chaser_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)",
            name=op.f("ck_follow_up_answer_has_its_time"),
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name="fk_follow_up_letter_id_letter"),
        sa.PrimaryKeyConstraint("letter_id", name="pk_follow_up"),
    )


def downgrade() -> None:
    op.drop_table("follow_up")
    op.drop_table("inbound_reply")
    op.drop_index("ix_message_target", "message")
    op.drop_index("ix_message_leaving", "message")
    op.create_index("ix_message_target_id", "message", ["target_id"])
    op.create_index(
        "ix_message_due",
        "message",
        ["due_at", "id"],
        sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )
