"""Staff: people who run campaigns, what they may do, and how they prove who they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base
from campaign_app.vault.register import personal
from campaign_app.vault.sealing import Sealed

STAFF_LIFE = "while the account is open; the audit keeps the account's number"


class Staff(Base):
    """A member of staff."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(
        String(120), info=personal("to show who did what", basis="contract", kept=STAFF_LIFE)
    )
    email: Mapped[str] = mapped_column(
        Sealed("staff.email"), info=personal("to sign in", basis="contract", kept=STAFF_LIFE)
    )
    email_key: Mapped[bytes] = mapped_column(
        LargeBinary(16),
        unique=True,
        info=personal("to sign in", basis="contract", kept=STAFF_LIFE),
    )
    invited_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    failed_tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]


class Credential(Base):
    """A password hash, a passkey, a one-time secret or a recovery code."""

    __tablename__ = "credential"
    __table_args__ = (Index("ix_credential_staff", "staff_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(80))
    secret: Mapped[str] = mapped_column(
        Sealed("credential.secret"),
        info=personal("to prove who signs in", basis="contract", kept=STAFF_LIFE),
    )
    sign_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    used_up_at: Mapped[datetime | None]


class StaffSession(Base):
    """A signed-in browser; it can be listed and ended."""

    __tablename__ = "staff_session"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  #: hash of the cookie
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    proven_at: Mapped[datetime | None]  #: when the second factor was last shown
    ended_at: Mapped[datetime | None]


class RoleGrant(Base):
    """A role given to a member of staff."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("staff_id", "role", name="role_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[str] = mapped_column(String(24))
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    granted_at: Mapped[datetime]


class StoredToken(Base):
    """A link that must work once only: an invitation, a fresh way into preferences."""

    __tablename__ = "stored_token"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  #: SHA-256 of the token
    purpose: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[str] = mapped_column(String(22))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
