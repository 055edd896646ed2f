"""Invalidation: a saved, named query that takes signatures out of the count and can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from campaign_app.errors import InvalidInput, WrongState
from campaign_app.petitions.counting import count_again, stop_counting
from campaign_app.petitions.models import Invalidation, Signature, SignatureState

BATCH = 500
ESCAPE = "\\"
MATCHABLE = (SignatureState.PENDING, SignatureState.CONFIRMED, SignatureState.HELD)


class InvalidationState(StrEnum):
    """Where an invalidation is."""

    READY = "ready"
    DONE = "done"
    CANCELLED = "cancelled"  #: what its batches did until then stands, and can be undone
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for; all conditions must hold, and ``*`` stands for any letters.

    A whole address, a network and a whole postcode are given as keyed hashes in hex, so
    that the record holds nothing personal. ``area`` is a code of a constituency or an
    alliance, or a nation's name. Times are ISO 8601.
    """

    name: str | None = None
    domain: str | None = None
    email_key: str | None = None
    network_key: str | None = None
    postcode_key: str | None = None
    outcode: str | None = None
    area: str | None = None
    since: str | None = None
    until: str | None = None

    @classmethod
    def of(cls, saved: dict[str, str]) -> Query:
        """Return the query of a saved row."""
        return cls(**{field.name: saved.get(field.name) for field in fields(cls)})

    def saved(self) -> dict[str, str]:
        """Return what the record keeps: the conditions that were given."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Preview:
    """What an invalidation would do: how many match, and how many of those count now."""

    matched: int
    counted: int


def preview(session: Session, campaign_id: int, query: Query) -> Preview:
    """Count without changing anything; raises InvalidInput for a query without a condition."""
    found = _matching(campaign_id, query).with_only_columns(
        func.count(), func.count(Signature.counted_on)
    )
    matched, counted = session.execute(found).one()
    return Preview(matched, counted)


def create(
    session: Session,
    campaign_id: int,
    query: Query,
    *,
    summary: str,
    by: int | None,
    now: datetime,
) -> Invalidation:
    """Put an invalidation on the record; nothing is changed before its first batch.

    ``summary`` is its name. Raises InvalidInput without a name or a condition.
    """
    if not summary.strip():
        raise InvalidInput("Give the invalidation a name that says why.")
    row = Invalidation(
        campaign_id=campaign_id,
        summary=summary.strip(),
        query=query.saved(),
        state=InvalidationState.READY,
        matched=preview(session, campaign_id, query).matched,
        created_by=by,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def run_batch(session: Session, invalidation_id: int, now: datetime, size: int = BATCH) -> bool:
    """Take the next batch out of the count; return whether there may be more.

    Each batch is a transaction of the caller's, so that it can be cancelled in between.
    """
    row = _locked(session, invalidation_id)
    if row.state != InvalidationState.READY:
        return False
    found = _matching(row.campaign_id, Query.of(row.query)).where(Signature.id > row.last_id)
    ids = session.scalars(found.order_by(Signature.id).limit(size)).all()
    if not ids:
        row.state, row.finished_at = InvalidationState.DONE, now
        return False
    stop_counting(session, ids, SignatureState.INVALIDATED, invalidation_id=row.id)
    row.last_id, row.done = ids[-1], row.done + len(ids)
    return True


def cancel(session: Session, invalidation_id: int, now: datetime) -> None:
    """Stop before the next batch; raises WrongState when it is over."""
    row = _locked(session, invalidation_id)
    if row.state != InvalidationState.READY:
        raise WrongState("This invalidation is not running.")
    row.state, row.finished_at = InvalidationState.CANCELLED, now


def undo(session: Session, invalidation_id: int, *, by: int | None, now: datetime) -> None:
    """Begin to undo an invalidation, also a cancelled one; ``undo_batch`` does the work."""
    row = _locked(session, invalidation_id)
    if row.state in {InvalidationState.UNDOING, InvalidationState.UNDONE}:
        raise WrongState("This invalidation was undone before.")
    row.state, row.undone_by, row.undone_at = InvalidationState.UNDOING, by, now


def undo_batch(
    session: Session, invalidation_id: int, *, counts_at_once: bool, size: int = BATCH
) -> bool:
    """Let the next batch count again; return whether there may be more.

    A signature that was held before is held again, and one whose place somebody took
    meanwhile is a duplicate.
    """
    row = _locked(session, invalidation_id)
    if row.state != InvalidationState.UNDOING:
        return False
    found = select(Signature).where(Signature.invalidation_id == row.id)
    batch = session.scalars(found.order_by(Signature.id).limit(size)).all()
    for signature in batch:
        _restore(session, signature, counts_at_once=counts_at_once)
    if not batch:
        row.state = InvalidationState.UNDONE
    return bool(batch)


def listed(session: Session, campaign_id: int) -> list[Invalidation]:
    """Return every invalidation of a petition, newest first."""
    found = select(Invalidation).where(Invalidation.campaign_id == campaign_id)
    return list(session.scalars(found.order_by(Invalidation.id.desc())))


def _restore(session: Session, signature: Signature, *, counts_at_once: bool) -> None:
    if signature.state is not SignatureState.INVALIDATED:
        signature.invalidation_id = None
    elif signature.held_reason is not None:
        signature.state, signature.invalidation_id = SignatureState.HELD, None
    else:
        count_again(session, signature, counts_at_once=counts_at_once)


def _locked(session: Session, invalidation_id: int) -> Invalidation:
    return session.get_one(
        Invalidation, invalidation_id, with_for_update=True, populate_existing=True
    )


def _matching(campaign_id: int, query: Query) -> Select[int]:
    conditions = list(_conditions(query))
    if not conditions:
        raise InvalidInput("Give at least one condition; everything cannot be invalidated.")
    return select(Signature.id).where(
        Signature.campaign_id == campaign_id, Signature.state.in_(MATCHABLE), *conditions
    )


def _conditions(query: Query) -> Iterator[ColumnElement[bool]]:
    full_name = Signature.first_name + " " + Signature.last_name
    if query.name:
        yield func.lower(full_name).like(_pattern(query.name), escape=ESCAPE)
    if query.domain:
        yield Signature.email_domain.like(_pattern(query.domain), escape=ESCAPE)
    if query.outcode:
        yield Signature.outcode == query.outcode.upper()
    if query.area:
        yield _in_area(query.area)
    yield from _keys(query)
    yield from _times(query)


def _keys(query: Query) -> Iterator[ColumnElement[bool]]:
    columns: tuple[tuple[InstrumentedAttribute[bytes | None], str | None], ...] = (
        (Signature.email_key, query.email_key),
        (Signature.network_key, query.network_key),
        (Signature.postcode_key, query.postcode_key),
    )
    for column, key in columns:
        if key:
            yield column == _bytes(key)


def _times(query: Query) -> Iterator[ColumnElement[bool]]:
    if query.since:
        yield Signature.created_at >= _moment(query.since)
    if query.until:
        yield Signature.created_at < _moment(query.until)


def _in_area(area: str) -> ColumnElement[bool]:
    return (Signature.pcon == area) | (Signature.alliance == area) | (Signature.nation == area)


def _pattern(typed: str) -> str:
    """Return a LIKE pattern in which only the star is special."""
    plain = typed.lower().replace(ESCAPE, ESCAPE * 2).replace("%", ESCAPE + "%")
    return plain.replace("_", ESCAPE + "_").replace("*", "%")


def _bytes(key: str) -> bytes:
    try:
        return bytes.fromhex(key)
    except ValueError:
        raise InvalidInput("A key is written in hex, as the list of trends shows it.") from None


def _moment(typed: str) -> datetime:
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        raise InvalidInput("Write a time like 2026-11-20T09:00+00:00.") from None
    if moment.tzinfo is None:
        raise InvalidInput("Write a time with its zone, like 2026-11-20T09:00+00:00.")
    return moment
