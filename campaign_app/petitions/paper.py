"""Paper signatures, and totals brought from a former platform: shown apart, and in the total."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.errors import InvalidInput, WrongState
from campaign_app.petitions.models import CountDelta, PaperBatch
from campaign_app.petitions.rows import paper_rows


class BatchKind(StrEnum):
    """What a batch is."""

    PAPER = "paper"
    OPENING = "opening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is written on a batch: who collected how many signatures, where and when."""

    kind: BatchKind
    signatures: int
    collected_by: str
    collected_where: str
    collected_on: date
    area_code: str | None = None


def enter(
    session: Session, campaign_id: int, batch: Batch, *, by: int | None, now: datetime
) -> PaperBatch:
    """Enter a batch, which counts from then on.

    ``by`` is the member of staff, None for the command line. Raises InvalidInput when it
    cannot be right.
    """
    _check(batch, now)
    row = PaperBatch(
        campaign_id=campaign_id,
        kind=batch.kind,
        collected_by=batch.collected_by.strip(),
        collected_where=batch.collected_where.strip(),
        collected_on=batch.collected_on,
        area_code=batch.area_code,
        signatures=batch.signatures,
        entered_by=by,
        entered_at=now,
    )
    session.add(row)
    session.flush()
    session.add(_delta(row, row.signatures))
    return row


def withdraw(session: Session, batch: PaperBatch, *, by: int | None, now: datetime) -> None:
    """Take a batch back out of the total; the row stays on the record.

    Raises WrongState when that was done before.
    """
    if batch.withdrawn_at is not None:
        raise WrongState("This batch was withdrawn before.")
    batch.withdrawn_at, batch.withdrawn_by = now, by
    session.add(_delta(batch, -batch.signatures))


def batches(session: Session, campaign_id: int) -> list[PaperBatch]:
    """Return every batch of a petition, withdrawn ones too, in the order of entering."""
    found = select(PaperBatch).where(PaperBatch.campaign_id == campaign_id)
    return list(session.scalars(found.order_by(PaperBatch.id)))


def _check(batch: Batch, now: datetime) -> None:
    if batch.signatures < 1:
        raise InvalidInput("A batch has at least one signature.")
    if not batch.collected_by.strip() or not batch.collected_where.strip():
        raise InvalidInput("Say who collected the signatures, and where.")
    if batch.collected_on > clock.london_date(now):
        raise InvalidInput("Signatures cannot have been collected in the future.")


def _delta(row: PaperBatch, step: int) -> CountDelta:
    rows = paper_rows(row.area_code)
    return CountDelta(
        campaign_id=row.campaign_id,
        day=row.collected_on,
        kind=row.kind,
        nation=rows.nation,
        pcon=rows.pcon,
        alliance=rows.alliance,
        source=row.kind,
        step=step,
    )
