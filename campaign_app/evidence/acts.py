"""What every act records: who did what, when, from where, and under which words.

A letter and a signature are acts. An act begins unproven and belongs to nobody:
``supporter_id`` is set when the address is proven.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.database import BigKey
from campaign_app.vault.hashing import KEY_BYTES
from campaign_app.vault.register import personal

ACT_LIFE = "until six months after the campaign is handed in"


class Act:
    """The columns that letters and signatures share."""

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)  #: random; names it outside
    form_id: Mapped[str | None] = mapped_column(String(22), unique=True)  #: a form is used once
    subject_id: Mapped[str] = mapped_column(String(22))  #: random; the consents' subject
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("campaign_version.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("wording.id"))
    supporter_id: Mapped[int | None] = mapped_column(ForeignKey("supporter.id"), index=True)
    lang: Mapped[str] = mapped_column(String(5))

    first_name: Mapped[str | None] = mapped_column(
        String(80),
        info=personal("to sign the act", seen_by=("target", "staff"), kept=ACT_LIFE),
    )
    last_name: Mapped[str | None] = mapped_column(
        String(80),
        info=personal("to sign the act", seen_by=("target", "staff"), kept=ACT_LIFE),
    )
    email_domain: Mapped[str | None] = mapped_column(
        String(255), info=personal("to notice floods from one mail domain", kept=ACT_LIFE)
    )
    email_key: Mapped[bytes | None] = mapped_column(
        LargeBinary(KEY_BYTES),
        info=personal("to find acts of one address", kept=ACT_LIFE),
    )
    person_key: Mapped[bytes | None] = mapped_column(
        LargeBinary(KEY_BYTES),
        info=personal("to count one person once", kept=ACT_LIFE),
    )

    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]  #: when the address was proven
    erased_at: Mapped[datetime | None]

    nation: Mapped[str | None] = mapped_column(String(20))  #: as places name it; None unknown
    pcon: Mapped[str | None] = mapped_column(String(9))
    alliance: Mapped[str | None] = mapped_column(String(9))
    council: Mapped[str | None] = mapped_column(String(9))
    outcode: Mapped[str | None] = mapped_column(
        String(4), info=personal("to count by area", kept=ACT_LIFE)
    )
    place_source: Mapped[str | None] = mapped_column(String(24))
    traffic_source: Mapped[str | None] = mapped_column(String(60))
    network_key: Mapped[bytes | None] = mapped_column(
        LargeBinary(KEY_BYTES),
        info=personal("to notice floods from one network", kept="30 days"),
    )
    held_reason: Mapped[str | None] = mapped_column(String(60))
