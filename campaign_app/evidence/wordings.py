"""Wordings: the exact words a person was shown, kept for good and never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from campaign_app.database import Base, unless_there


class Wording(Base):
    """One version of some words in all their languages; new words make a new row."""

    __tablename__ = "wording"
    __table_args__ = (UniqueConstraint("name", "sha256", name="one_row_per_words"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))  #: such as ``contact.email`` or ``notice.letter``
    sha256: Mapped[str] = mapped_column(String(64))  #: over all languages, in order of their code
    created_at: Mapped[datetime]


class WordingText(Base):
    """The words of a wording in one language."""

    __tablename__ = "wording_text"

    wording_id: Mapped[int] = mapped_column(ForeignKey("wording.id"), primary_key=True)
    lang: Mapped[str] = mapped_column(String(5), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def keep(session: Session, name: str, texts: Mapping[str, str], now: datetime) -> int:
    """Return the id of these words, writing them down when they are new.

    ``texts`` maps language codes to the words exactly as shown.
    """
    sha256 = _digest("\x1f".join(f"{lang}\x1e{texts[lang]}" for lang in sorted(texts)))
    known = select(Wording.id).where(Wording.name == name, Wording.sha256 == sha256)
    if found := session.scalar(known):
        return found
    try:
        return _write(session, Wording(name=name, sha256=sha256, created_at=now), texts)
    except IntegrityError:
        # Another supporter was shown the same new words at this very moment.
        return session.scalars(known).one()


def _write(session: Session, wording: Wording, texts: Mapping[str, str]) -> int:
    with unless_there(session):
        session.add(wording)
        session.flush()
        session.add_all(
            WordingText(wording_id=wording.id, lang=lang, text=text, sha256=_digest(text))
            for lang, text in texts.items()
        )
    return wording.id


def shown(session: Session, wording_id: int, lang: str) -> str | None:
    """Return the words as they were shown then, or None where there are none."""
    return session.scalar(
        select(WordingText.text).where(
            WordingText.wording_id == wording_id, WordingText.lang == lang
        )
    )
