"""One letter: who wrote it, to whom, in which words, and where it is in its life."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import Base, one_of
from campaign_app.evidence.acts import ACT_LIFE, Act
from campaign_app.vault.register import personal
from campaign_app.vault.sealing import Sealed

WORDS_LIFE = "28 days after the letter's end; 7 days when it was never confirmed"


class LetterState(StrEnum):
    """The life of the act; what happens to its mail is the message's state."""

    UNCONFIRMED = "unconfirmed"
    RELEASED = "released"
    TAKEN_BACK = "taken_back"
    NOT_ME = "not_me"
    DUPLICATE = "duplicate"
    EXPIRED = "expired"


RELEASED = text("state = 'released'")


class Letter(Act, Base):
    """A supporter's letter to one target."""

    __tablename__ = "letter"
    __table_args__ = (
        # Only released letters take a place, so nobody can block another's address.
        Index(
            "one_letter_per_person",
            "campaign_id",
            "person_key",
            unique=True,
            sqlite_where=RELEASED,
            postgresql_where=RELEASED,
        ),
        Index("ix_letter_network", "network_key", "created_at"),
        Index("ix_letter_address", "email_key", "created_at"),
        Index("ix_letter_campaign_state", "campaign_id", "state", "created_at"),
        CheckConstraint("alike_percent BETWEEN 0 AND 100", name="alike_is_percent"),
        CheckConstraint("code_tries >= 0", name="tries_not_negative"),
        CheckConstraint("own_words IS NULL OR story_consented", name="words_only_with_consent"),
    )

    state: Mapped[LetterState] = mapped_column(one_of(LetterState, "state"))
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id"), index=True)
    target_name: Mapped[str] = mapped_column(String(120))  #: as it was at Send
    seed: Mapped[bytes] = mapped_column(LargeBinary(16))  #: replays subject and opening
    subject: Mapped[str] = mapped_column(String(160))
    asks: Mapped[list[str]] = mapped_column(JSON)  #: keys of the asks that lead the letter
    alike_percent: Mapped[int]  #: how much is the prepared text; staff see it, nobody else
    story_consented: Mapped[bool]
    follow_up_agreed: Mapped[bool] = mapped_column(default=False)
    email_version: Mapped[int] = mapped_column(default=1)  #: goes up when the address is mended
    code_issued_at: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
    released_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    email: Mapped[str | None] = mapped_column(
        Sealed("letter.email"),
        info=personal(
            "so that the office can answer, and for the copy", seen_by=("target",), kept=ACT_LIFE
        ),
    )
    address: Mapped[str | None] = mapped_column(
        Sealed("letter.address"),
        info=personal("to prove the constituency", seen_by=("target",), kept=WORDS_LIFE),
    )
    postcode: Mapped[str | None] = mapped_column(
        Sealed("letter.postcode"),
        info=personal("to prove the constituency", seen_by=("target",), kept=WORDS_LIFE),
    )
    own_words: Mapped[str | None] = mapped_column(
        Sealed("letter.own_words"),
        info=personal(
            "to be sent to the target named",
            basis="explicit consent (article 9(2)(a))",
            seen_by=("target",),
            kept=WORDS_LIFE,
        ),
    )
    body: Mapped[str | None] = mapped_column(
        Sealed("letter.body"),
        info=personal(
            "the letter as it leaves",
            basis="legitimate interests; explicit consent for own words",
            seen_by=("target",),
            kept=WORDS_LIFE,
        ),
    )
