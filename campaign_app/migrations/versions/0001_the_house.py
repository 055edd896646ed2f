"""The house: every table that the known work needs (decision 0002)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from campaign_app.evidence import append_only

PUBLISHED = "fk_campaign_published_version_id_campaign_version"
EVIDENCE = (
    "wording",
    "wording_text",
    "consent_event",
    "message_event",
    "audit_entry",
    "retention_run",
    "erasure_journal",
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "area",
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "nation",
                "constituency",
                "alliance",
                "council",
                "senedd",
                "holyrood",
                "assembly",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_cy", sa.String(length=120), nullable=True),
        sa.Column("nation", sa.String(length=20), nullable=True),
        sa.Column("region", sa.String(length=40), nullable=True),
        sa.Column("website", sa.String(length=200), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_code", sa.String(length=9), nullable=True),
        sa.CheckConstraint(
            "population IS NULL OR population >= 0", name=op.f("ck_area_population_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["successor_code"], ["area.code"], name=op.f("fk_area_successor_code_area")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_area")),
    )
    with op.batch_alter_table("area", schema=None) as batch_op:
        batch_op.create_index("ix_area_kind_name", ["kind", "name"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("object_kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=40), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("entry_hash", name="one_entry_per_hash"),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "email_target",
                "petition",
                "hub",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "scheduled",
                "open",
                "paused",
                "closed",
                "handed_in",
                "answered",
                "archived",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("target_kind", sa.String(length=20), nullable=True),
        sa.Column(
            "confirm_policy",
            sa.Enum(
                "always",
                "in_doubt",
                "off",
                name="confirm_policy",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("retry_in_doubt", sa.Boolean(), nullable=False),
        sa.Column("goal", sa.Integer(), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("must_arrive_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_words", sa.Text(), nullable=True),
        sa.Column("handed_in_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_version_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at",
            name=op.f("ck_campaign_closes_after_opening"),
        ),
        sa.CheckConstraint("goal IS NULL OR goal > 0", name=op.f("ck_campaign_goal_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("reference", name=op.f("uq_campaign_reference")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaign_slug")),
    )
    op.create_table(
        "complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("public_id", name=op.f("uq_complaint_public_id")),
    )
    op.create_table(
        "count_delta",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("nation", sa.String(length=20), nullable=True),
        sa.Column("pcon", sa.String(length=9), nullable=True),
        sa.Column("alliance", sa.String(length=9), nullable=True),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_delta")),
    )
    op.create_table(
        "data_source",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_data_source")),
    )
    op.create_table(
        "email_domain_rule",
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("alias_of", sa.String(length=255), nullable=True),
        sa.Column("dots_ignored", sa.Boolean(), nullable=False),
        sa.Column("plus_ignored", sa.Boolean(), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "known",
                "throwaway",
                "blocked",
                name="standing",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "domain = lower(domain)", name=op.f("ck_email_domain_rule_domain_lower")
        ),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_email_domain_rule")),
    )
    op.create_table(
        "erasure_journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_journal")),
    )
    op.create_table(
        "inbound_receipt",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("event_key", sa.String(length=120), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_id", sa.String(length=120), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("provider", "event_key", name=op.f("pk_inbound_receipt")),
    )
    with op.batch_alter_table("inbound_receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbound_receipt_mail_id"), ["mail_id"], unique=False)

    op.create_table(
        "key_fingerprint",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_key_fingerprint")),
    )
    op.create_table(
        "message_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "waiting",
                "due",
                "sending",
                "accepted",
                "delivered",
                "bounced",
                "failed",
                "taken_back",
                "cancelled",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_event")),
    )
    with op.batch_alter_table("message_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_message_event_message_id"), ["message_id"], unique=False
        )

    op.create_table(
        "pledge_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("years", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=120), nullable=False),
        sa.Column("stated_total", sa.String(length=200), nullable=True),
        sa.Column("stated_on", sa.Date(), nullable=True),
        sa.Column("sponsors", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge_round")),
        sa.UniqueConstraint("years", "region", name="region_once_in_years"),
    )
    op.create_table(
        "postcode_answer",
        sa.Column("compact", sa.String(length=7), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("nation", sa.String(length=20), nullable=True),
        sa.Column("pcon", sa.String(length=9), nullable=True),
        sa.Column("alliance", sa.String(length=9), nullable=True),
        sa.Column("council", sa.String(length=9), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("compact", name=op.f("pk_postcode_answer")),
    )
    op.create_table(
        "queue_pause",
        sa.Column("stream", sa.String(length=24), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_queue_pause")),
    )
    op.create_table(
        "relay_health",
        sa.Column("relay", sa.String(length=120), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("relay", name=op.f("pk_relay_health")),
    )
    op.create_table(
        "retention_gate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_gate")),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("cutoff", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.CheckConstraint("removed >= 0", name=op.f("ck_retention_run_removed_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("email_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_tries", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email_key", name=op.f("uq_staff_email_key")),
    )
    op.create_table(
        "stored_token",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("subject_id", sa.String(length=22), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stored_token")),
    )
    op.create_table(
        "supporter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject_id", sa.String(length=22), nullable=False),
        sa.Column(
            "merged_into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("profiling_objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["supporter.id"], name=op.f("fk_supporter_merged_into_id_supporter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_supporter_subject_id")),
    )
    op.create_table(
        "suppression",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "phone",
                "sms",
                "post",
                "story",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("key", "channel", name="once_per_channel"),
    )
    op.create_table(
        "wording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording")),
        sa.UniqueConstraint("name", "sha256", name="one_row_per_words"),
    )
    op.create_table(
        "area_within",
        sa.Column("inner_code", sa.String(length=9), nullable=False),
        sa.Column("outer_code", sa.String(length=9), nullable=False),
        sa.ForeignKeyConstraint(
            ["inner_code"], ["area.code"], name=op.f("fk_area_within_inner_code_area")
        ),
        sa.ForeignKeyConstraint(
            ["outer_code"], ["area.code"], name=op.f("fk_area_within_outer_code_area")
        ),
        sa.PrimaryKeyConstraint("inner_code", "outer_code", name=op.f("pk_area_within")),
    )
    op.create_table(
        "campaign_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_version_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["staff.id"], name=op.f("fk_campaign_version_created_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_version")),
        sa.UniqueConstraint("campaign_id", "number", name="number_once"),
    )
    op.create_table(
        "consent_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject_id", sa.String(length=22), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "given",
                "refused",
                "withdrawn",
                "suppressed",
                "imported",
                "staff_changed",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "phone",
                "sms",
                "post",
                "story",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "purpose",
            sa.Enum(
                "updates",
                "story_to_target",
                "story_public",
                "profiling",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "basis",
            sa.Enum(
                "consent",
                "explicit_consent",
                "soft_opt_in",
                "legitimate_interest",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wording_id", sa.Integer(), nullable=True),
        sa.Column("lang", sa.String(length=5), nullable=False),
        sa.Column("page", sa.String(length=120), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("origin_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_by", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_consent_event_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["origin_id"],
            ["consent_event.id"],
            name=op.f("fk_consent_event_origin_id_consent_event"),
        ),
        sa.ForeignKeyConstraint(
            ["wording_id"], ["wording.id"], name=op.f("fk_consent_event_wording_id_wording")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_event")),
    )
    with op.batch_alter_table("consent_event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_consent_event_subject",
            ["subject_id", "channel", "purpose", "happened_at"],
            unique=False,
        )

    op.create_table(
        "count_repair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("recounted", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_count_repair_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_repair")),
    )
    op.create_table(
        "count_total",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("folded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_count_total_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "dimension", "value", name=op.f("pk_count_total")),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_credential_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
    )
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.create_index("ix_credential_staff", ["staff_id", "kind"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("alt_text", sa.JSON(), nullable=True),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_document_size_positive")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_document_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("public_id", name=op.f("uq_document_public_id")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_campaign_id"), ["campaign_id"], unique=False)

    op.create_table(
        "export_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("rows_in_all", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.CheckConstraint("rows_done >= 0", name=op.f("ck_export_job_rows_not_negative")),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["staff.id"], name=op.f("fk_export_job_asked_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_job")),
        sa.UniqueConstraint("public_id", name=op.f("uq_export_job_public_id")),
    )
    op.create_table(
        "handin_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_handin_snapshot_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["taken_by"], ["staff.id"], name=op.f("fk_handin_snapshot_taken_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handin_snapshot")),
        sa.UniqueConstraint("public_id", name=op.f("uq_handin_snapshot_public_id")),
    )
    op.create_table(
        "hospital",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("trust", sa.String(length=160), nullable=True),
        sa.Column("postcode", sa.String(length=8), nullable=True),
        sa.Column("alliance", sa.String(length=9), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("website", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["alliance"], ["area.code"], name=op.f("fk_hospital_alliance_area")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hospital")),
        sa.UniqueConstraint("slug", name=op.f("uq_hospital_slug")),
    )
    with op.batch_alter_table("hospital", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hospital_alliance"), ["alliance"], unique=False)

    op.create_table(
        "invalidation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("summary", sa.String(length=200), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_invalidation_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["staff.id"], name=op.f("fk_invalidation_created_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invalidation")),
    )
    op.create_table(
        "minister_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("nation", sa.String(length=20), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "met",
                "not_yet",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("markdown", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_minister_meeting_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minister_meeting")),
        sa.UniqueConstraint("campaign_id", "nation", name="one_per_nation"),
    )
    op.create_table(
        "paper_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("collected_by", sa.String(length=120), nullable=False),
        sa.Column("collected_where", sa.String(length=120), nullable=False),
        sa.Column("collected_on", sa.Date(), nullable=False),
        sa.Column("area_code", sa.String(length=9), nullable=True),
        sa.Column("signatures", sa.Integer(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("signatures > 0", name=op.f("ck_paper_batch_signatures_positive")),
        sa.ForeignKeyConstraint(
            ["area_code"], ["area.code"], name=op.f("fk_paper_batch_area_code_area")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_paper_batch_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["staff.id"], name=op.f("fk_paper_batch_entered_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_batch")),
    )
    with op.batch_alter_table("paper_batch", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paper_batch_campaign_id"), ["campaign_id"], unique=False
        )

    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("granted_by", sa.Integer(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["staff.id"], name=op.f("fk_role_grant_granted_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_role_grant_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint("staff_id", "role", name="role_once"),
    )
    op.create_table(
        "staff_session",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_staff_session")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "step_count",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_step_count_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_count")),
    )
    with op.batch_alter_table("step_count", schema=None) as batch_op:
        batch_op.create_index("ix_step_count_of", ["campaign_id", "hour", "step"], unique=False)

    op.create_table(
        "supporter_identity",
        sa.Column(
            "supporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("email_key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("email_domain", sa.String(length=255), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("postcode", sa.LargeBinary(), nullable=True),
        sa.Column("lang", sa.String(length=5), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["supporter_id"],
            ["supporter.id"],
            name=op.f("fk_supporter_identity_supporter_id_supporter"),
        ),
        sa.PrimaryKeyConstraint("supporter_id", name=op.f("pk_supporter_identity")),
        sa.UniqueConstraint("email_key", name=op.f("uq_supporter_identity_email_key")),
    )
    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mp",
                "alliance",
                "ms",
                "msp",
                "mla",
                "minister",
                "council",
                "listed",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("area_code", sa.String(length=9), nullable=True),
        sa.Column("place_in_line", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "sitting",
                "vacant",
                "no_email",
                "opted_out",
                "dissolved",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("salutation", sa.String(length=120), nullable=False),
        sa.Column("party", sa.String(length=60), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("postal", sa.Text(), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("website", sa.String(length=200), nullable=True),
        sa.Column("external_id", sa.String(length=40), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("hourly_cap", sa.Integer(), nullable=True),
        sa.Column("office_hours", sa.JSON(), nullable=True),
        sa.Column("digest_above", sa.Integer(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'sitting' OR email IS NOT NULL", name=op.f("ck_target_sitting_has_email")
        ),
        sa.CheckConstraint(
            "hourly_cap IS NULL OR hourly_cap > 0", name=op.f("ck_target_cap_positive")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_target_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["area_code"], ["area.code"], name=op.f("fk_target_area_code_area")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_target_area_code"), ["area_code"], unique=False)
        batch_op.create_index(
            "one_current_holder",
            ["kind", "area_code", "place_in_line"],
            unique=True,
            sqlite_where=sa.text("valid_to IS NULL"),
            postgresql_where=sa.text("valid_to IS NULL"),
        )

    op.create_table(
        "volunteer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "supporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "role",
            sa.Enum(
                "advocate",
                "voices",
                "campaign_group",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "interested",
                "applied",
                "interview",
                "trained",
                "active",
                "left",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("area_code", sa.String(length=9), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("experience", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["wording.id"], name=op.f("fk_volunteer_notice_id_wording")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["pledge_round.id"], name=op.f("fk_volunteer_round_id_pledge_round")
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_volunteer_supporter_id_supporter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer")),
        sa.UniqueConstraint("supporter_id", "role", name="one_role_once"),
    )
    op.create_table(
        "wording_text",
        sa.Column("wording_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=5), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["wording_id"], ["wording.id"], name=op.f("fk_wording_text_wording_id_wording")
        ),
        sa.PrimaryKeyConstraint("wording_id", "lang", name=op.f("pk_wording_text")),
    )
    op.create_table(
        "campaign_text",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("lang", sa.String(length=5), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["campaign_version.id"],
            name=op.f("fk_campaign_text_version_id_campaign_version"),
        ),
        sa.PrimaryKeyConstraint("version_id", "field", "lang", name=op.f("pk_campaign_text")),
    )
    op.create_table(
        "hospital_round",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_hospital_round_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_hospital_round_hospital_id_hospital")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["pledge_round.id"], name=op.f("fk_hospital_round_round_id_pledge_round")
        ),
        sa.PrimaryKeyConstraint("hospital_id", "round_id", name=op.f("pk_hospital_round")),
    )
    op.create_table(
        "improvement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("markdown", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "under_way",
                "done",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospital.id"], name=op.f("fk_improvement_hospital_id_hospital")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["pledge_round.id"], name=op.f("fk_improvement_round_id_pledge_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_improvement")),
    )
    with op.batch_alter_table("improvement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_improvement_hospital_id"), ["hospital_id"], unique=False
        )

    op.create_table(
        "letter",
        sa.Column(
            "state",
            sa.Enum(
                "unconfirmed",
                "released",
                "taken_back",
                "not_me",
                "duplicate",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("target_name", sa.String(length=120), nullable=False),
        sa.Column("seed", sa.LargeBinary(length=16), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("asks", sa.JSON(), nullable=False),
        sa.Column("alike_percent", sa.Integer(), nullable=False),
        sa.Column("story_consented", sa.Boolean(), nullable=False),
        sa.Column("follow_up_agreed", sa.Boolean(), nullable=False),
        sa.Column("email_version", sa.Integer(), nullable=False),
        sa.Column("code_issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("postcode", sa.LargeBinary(), nullable=True),
        sa.Column("own_words", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("form_id", sa.String(length=22), nullable=True),
        sa.Column("subject_id", sa.String(length=22), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column(
            "supporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("lang", sa.String(length=5), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=True),
        sa.Column("last_name", sa.String(length=80), nullable=True),
        sa.Column("email_domain", sa.String(length=255), nullable=True),
        sa.Column("email_key", sa.LargeBinary(length=16), nullable=True),
        sa.Column("person_key", sa.LargeBinary(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nation", sa.String(length=20), nullable=True),
        sa.Column("pcon", sa.String(length=9), nullable=True),
        sa.Column("alliance", sa.String(length=9), nullable=True),
        sa.Column("council", sa.String(length=9), nullable=True),
        sa.Column("outcode", sa.String(length=4), nullable=True),
        sa.Column("place_source", sa.String(length=24), nullable=True),
        sa.Column("traffic_source", sa.String(length=60), nullable=True),
        sa.Column("network_key", sa.LargeBinary(length=16), nullable=True),
        sa.Column("held_reason", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "alike_percent BETWEEN 0 AND 100", name=op.f("ck_letter_alike_is_percent")
        ),
        sa.CheckConstraint("code_tries >= 0", name=op.f("ck_letter_tries_not_negative")),
        sa.CheckConstraint(
            "own_words IS NULL OR story_consented", name=op.f("ck_letter_words_only_with_consent")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_letter_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["wording.id"], name=op.f("fk_letter_notice_id_wording")
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_letter_supporter_id_supporter")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_letter_target_id_target")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["campaign_version.id"],
            name=op.f("fk_letter_version_id_campaign_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("form_id", name=op.f("uq_letter_form_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_letter_public_id")),
    )
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.create_index("ix_letter_address", ["email_key", "created_at"], unique=False)
        batch_op.create_index(
            "ix_letter_campaign_state", ["campaign_id", "state", "created_at"], unique=False
        )
        batch_op.create_index("ix_letter_network", ["network_key", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_supporter_id"), ["supporter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_target_id"), ["target_id"], unique=False)
        batch_op.create_index(
            "one_letter_per_person",
            ["campaign_id", "person_key"],
            unique=True,
            sqlite_where=sa.text("state = 'released'"),
            postgresql_where=sa.text("state = 'released'"),
        )

    op.create_table(
        "news_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "news",
                "highlight",
                "update",
                "milestone",
                "history",
                "quotation",
                "film",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("theme", sa.String(length=40), nullable=True),
        sa.Column("nation", sa.String(length=20), nullable=True),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("markdown", sa.JSON(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_news_item_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_news_item_document_id_document")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news_item")),
    )
    with op.batch_alter_table("news_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_news_item_page", ["campaign_id", "kind", "dated_on"], unique=False
        )

    op.create_table(
        "permission",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "supporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "phone",
                "sms",
                "post",
                "story",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "purpose",
            sa.Enum(
                "updates",
                "story_to_target",
                "story_public",
                "profiling",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "consent",
                "explicit_consent",
                "soft_opt_in",
                "legitimate_interest",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["consent_event.id"], name=op.f("fk_permission_event_id_consent_event")
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_permission_supporter_id_supporter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permission")),
        sa.UniqueConstraint("supporter_id", "channel", "purpose", name="one_standing"),
    )
    op.create_table(
        "signature",
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "confirmed",
                "held",
                "invalidated",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("show_name", sa.Boolean(), nullable=False),
        sa.Column("reason_state", sa.String(length=16), nullable=True),
        sa.Column("invalidation_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("postcode", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("form_id", sa.String(length=22), nullable=True),
        sa.Column("subject_id", sa.String(length=22), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column(
            "supporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("lang", sa.String(length=5), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=True),
        sa.Column("last_name", sa.String(length=80), nullable=True),
        sa.Column("email_domain", sa.String(length=255), nullable=True),
        sa.Column("email_key", sa.LargeBinary(length=16), nullable=True),
        sa.Column("person_key", sa.LargeBinary(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nation", sa.String(length=20), nullable=True),
        sa.Column("pcon", sa.String(length=9), nullable=True),
        sa.Column("alliance", sa.String(length=9), nullable=True),
        sa.Column("council", sa.String(length=9), nullable=True),
        sa.Column("outcode", sa.String(length=4), nullable=True),
        sa.Column("place_source", sa.String(length=24), nullable=True),
        sa.Column("traffic_source", sa.String(length=60), nullable=True),
        sa.Column("network_key", sa.LargeBinary(length=16), nullable=True),
        sa.Column("held_reason", sa.String(length=60), nullable=True),
        sa.CheckConstraint("slot BETWEEN 0 AND 1", name=op.f("ck_signature_two_people_at_most")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_signature_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["invalidation_id"],
            ["invalidation.id"],
            name=op.f("fk_signature_invalidation_id_invalidation"),
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["wording.id"], name=op.f("fk_signature_notice_id_wording")
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_signature_supporter_id_supporter")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["campaign_version.id"],
            name=op.f("fk_signature_version_id_campaign_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint("form_id", name=op.f("uq_signature_form_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_signature_public_id")),
    )
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.create_index("ix_signature_address", ["campaign_id", "email_key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_signature_invalidation_id"), ["invalidation_id"], unique=False
        )
        batch_op.create_index("ix_signature_network", ["network_key", "created_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_signature_supporter_id"), ["supporter_id"], unique=False
        )
        batch_op.create_index(
            "ix_signature_waiting", ["campaign_id", "state", "created_at"], unique=False
        )
        batch_op.create_index(
            "one_signature_per_person",
            ["campaign_id", "person_key"],
            unique=True,
            sqlite_where=sa.text("state = 'confirmed'"),
            postgresql_where=sa.text("state = 'confirmed'"),
        )
        batch_op.create_index(
            "one_signature_per_slot",
            ["campaign_id", "email_key", "slot"],
            unique=True,
            sqlite_where=sa.text("state = 'confirmed'"),
            postgresql_where=sa.text("state = 'confirmed'"),
        )

    op.create_table(
        "target_pledge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("reported_by", sa.String(length=24), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_target_pledge_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_target_pledge_target_id_target")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_pledge")),
    )
    with op.batch_alter_table("target_pledge", schema=None) as batch_op:
        batch_op.create_index("ix_target_pledge_of", ["campaign_id", "target_id"], unique=False)

    op.create_table(
        "handin_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "signature_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("nation", sa.String(length=20), nullable=True),
        sa.Column("pcon", sa.String(length=9), nullable=True),
        sa.Column("alliance", sa.String(length=9), nullable=True),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signature.id"], name=op.f("fk_handin_line_signature_id_signature")
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"],
            ["handin_snapshot.id"],
            name=op.f("fk_handin_line_snapshot_id_handin_snapshot"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handin_line")),
    )
    with op.batch_alter_table("handin_line", schema=None) as batch_op:
        batch_op.create_index("ix_handin_line_order", ["snapshot_id", "position"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "stream",
            sa.Enum(
                "letters",
                "service",
                "bulk",
                name="stream",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "waiting",
                "due",
                "sending",
                "accepted",
                "delivered",
                "bounced",
                "failed",
                "taken_back",
                "cancelled",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "signature_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "supporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.Column("mail_id", sa.String(length=120), nullable=False),
        sa.Column("needs_channel", sa.String(length=24), nullable=True),
        sa.Column("needs_purpose", sa.String(length=24), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=60), nullable=True),
        sa.Column("data_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_reply", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "(state = 'sending') = (lease_until IS NOT NULL)",
            name=op.f("ck_message_lease_while_sending"),
        ),
        sa.CheckConstraint(
            "stream <> 'bulk' OR needs_purpose IS NOT NULL",
            name=op.f("ck_message_bulk_needs_permission"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_message_attempts_not_negative")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_message_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_message_letter_id_letter")
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signature.id"], name=op.f("fk_message_signature_id_signature")
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_message_supporter_id_supporter")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_message_target_id_target")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("mail_id", name=op.f("uq_message_mail_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_message_public_id")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_message_due",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('waiting', 'due', 'sending')"),
            postgresql_where=sa.text("state IN ('waiting', 'due', 'sending')"),
        )
        batch_op.create_index("ix_message_letter", ["letter_id", "kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_signature_id"), ["signature_id"], unique=False)
        batch_op.create_index("ix_message_state", ["state", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_supporter_id"), ["supporter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_target_id"), ["target_id"], unique=False)

    op.create_table(
        "signature_update",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("news_item_id", sa.Integer(), nullable=False),
        sa.Column(
            "signature_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["news_item_id"],
            ["news_item.id"],
            name=op.f("fk_signature_update_news_item_id_news_item"),
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"],
            ["signature.id"],
            name=op.f("fk_signature_update_signature_id_signature"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_update")),
        sa.UniqueConstraint("news_item_id", "signature_id", name="once_per_signer"),
    )
    # A campaign points to its published version, and versions point to their campaign.
    with op.batch_alter_table("campaign") as campaign:
        campaign.create_foreign_key(PUBLISHED, "campaign_version", ["published_version_id"], ["id"])
    append_only.protect(op.get_bind(), EVIDENCE)


def downgrade() -> None:
    """Go down."""
    append_only.unprotect(op.get_bind(), EVIDENCE)
    with op.batch_alter_table("campaign") as campaign:
        campaign.drop_constraint(PUBLISHED, type_="foreignkey")
    op.drop_table("signature_update")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_target_id"))
        batch_op.drop_index(batch_op.f("ix_message_supporter_id"))
        batch_op.drop_index("ix_message_state")
        batch_op.drop_index(batch_op.f("ix_message_signature_id"))
        batch_op.drop_index("ix_message_letter")
        batch_op.drop_index(
            "ix_message_due",
            sqlite_where=sa.text("state IN ('waiting', 'due', 'sending')"),
            postgresql_where=sa.text("state IN ('waiting', 'due', 'sending')"),
        )

    op.drop_table("message")
    with op.batch_alter_table("handin_line", schema=None) as batch_op:
        batch_op.drop_index("ix_handin_line_order")

    op.drop_table("handin_line")
    with op.batch_alter_table("target_pledge", schema=None) as batch_op:
        batch_op.drop_index("ix_target_pledge_of")

    op.drop_table("target_pledge")
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.drop_index(
            "one_signature_per_slot",
            sqlite_where=sa.text("state = 'confirmed'"),
            postgresql_where=sa.text("state = 'confirmed'"),
        )
        batch_op.drop_index(
            "one_signature_per_person",
            sqlite_where=sa.text("state = 'confirmed'"),
            postgresql_where=sa.text("state = 'confirmed'"),
        )
        batch_op.drop_index("ix_signature_waiting")
        batch_op.drop_index(batch_op.f("ix_signature_supporter_id"))
        batch_op.drop_index("ix_signature_network")
        batch_op.drop_index(batch_op.f("ix_signature_invalidation_id"))
        batch_op.drop_index("ix_signature_address")

    op.drop_table("signature")
    op.drop_table("permission")
    with op.batch_alter_table("news_item", schema=None) as batch_op:
        batch_op.drop_index("ix_news_item_page")

    op.drop_table("news_item")
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_index(
            "one_letter_per_person",
            sqlite_where=sa.text("state = 'released'"),
            postgresql_where=sa.text("state = 'released'"),
        )
        batch_op.drop_index(batch_op.f("ix_letter_target_id"))
        batch_op.drop_index(batch_op.f("ix_letter_supporter_id"))
        batch_op.drop_index("ix_letter_network")
        batch_op.drop_index("ix_letter_campaign_state")
        batch_op.drop_index("ix_letter_address")

    op.drop_table("letter")
    with op.batch_alter_table("improvement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_improvement_hospital_id"))

    op.drop_table("improvement")
    op.drop_table("hospital_round")
    op.drop_table("campaign_text")
    op.drop_table("wording_text")
    op.drop_table("volunteer")
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.drop_index(
            "one_current_holder",
            sqlite_where=sa.text("valid_to IS NULL"),
            postgresql_where=sa.text("valid_to IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_target_area_code"))

    op.drop_table("target")
    op.drop_table("supporter_identity")
    with op.batch_alter_table("step_count", schema=None) as batch_op:
        batch_op.drop_index("ix_step_count_of")

    op.drop_table("step_count")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_staff_id"))

    op.drop_table("staff_session")
    op.drop_table("role_grant")
    with op.batch_alter_table("paper_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_batch_campaign_id"))

    op.drop_table("paper_batch")
    op.drop_table("minister_meeting")
    op.drop_table("invalidation")
    with op.batch_alter_table("hospital", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hospital_alliance"))

    op.drop_table("hospital")
    op.drop_table("handin_snapshot")
    op.drop_table("export_job")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_document_campaign_id"))

    op.drop_table("document")
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.drop_index("ix_credential_staff")

    op.drop_table("credential")
    op.drop_table("count_total")
    op.drop_table("count_repair")
    with op.batch_alter_table("consent_event", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_event_subject")

    op.drop_table("consent_event")
    op.drop_table("campaign_version")
    op.drop_table("area_within")
    op.drop_table("wording")
    op.drop_table("suppression")
    op.drop_table("supporter")
    op.drop_table("stored_token")
    op.drop_table("staff")
    op.drop_table("retention_run")
    op.drop_table("retention_gate")
    op.drop_table("relay_health")
    op.drop_table("queue_pause")
    op.drop_table("postcode_answer")
    op.drop_table("pledge_round")
    with op.batch_alter_table("message_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_event_message_id"))

    op.drop_table("message_event")
    op.drop_table("key_fingerprint")
    with op.batch_alter_table("inbound_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbound_receipt_mail_id"))

    op.drop_table("inbound_receipt")
    op.drop_table("erasure_journal")
    op.drop_table("email_domain_rule")
    op.drop_table("data_source")
    op.drop_table("count_delta")
    op.drop_table("complaint")
    op.drop_table("campaign")
    op.drop_table("audit_entry")
    with op.batch_alter_table("area", schema=None) as batch_op:
        batch_op.drop_index("ix_area_kind_name")

    op.drop_table("area")
