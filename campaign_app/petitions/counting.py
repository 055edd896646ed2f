"""The one way to let signatures count, or stop counting, outside the hot path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, literal, select, update
from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.petitions.models import CountDelta, Signature, SignatureState
from campaign_app.petitions.rows import ALLIANCE_ROW, KIND, NATION_ROW, PCON_ROW, SOURCE_ROW

COLUMNS = ("campaign_id", "day", "kind", "nation", "pcon", "alliance", "source", "step")


def stop_counting(
    session: Session,
    ids: Sequence[int],
    state: SignatureState,
    *,
    held_reason: str | None = None,
    invalidation_id: int | None = None,
) -> None:
    """Put signatures into a state that does not count, and take those that counted off."""
    _step(session, ids, -1)
    values: dict[str, Any] = {"state": state, "counted_on": None}
    if held_reason is not None:
        values["held_reason"] = held_reason
    if invalidation_id is not None:
        values["invalidation_id"] = invalidation_id
    session.execute(
        update(Signature)
        .where(Signature.id.in_(ids))
        .values(values)
        .execution_options(synchronize_session="fetch")
    )


def count_again(session: Session, signature: Signature, *, counts_at_once: bool) -> None:
    """Let a signature that was held or invalidated be what it would be without that.

    A place that someone else has taken meanwhile makes it a duplicate.
    """
    session.flush()
    proven = signature.confirmed_at is not None
    signature.held_reason = signature.invalidation_id = None
    signature.state = SignatureState.CONFIRMED if proven else SignatureState.PENDING
    if not (proven or counts_at_once):
        return
    slot = free_slot(session, signature)
    if slot is None:
        signature.state = SignatureState.DUPLICATE if proven else SignatureState.PENDING
        return
    signature.slot, signature.counted_on = slot, counting_day(signature)
    session.flush()
    _step(session, [signature.id], 1)


def counting_day(signature: Signature) -> date:
    """Return the London day on which a signature counts: that of its proof, else of signing."""
    moment: datetime = signature.confirmed_at or signature.created_at
    return clock.london_date(moment)


def free_slot(session: Session, signature: Signature) -> int | None:
    """Return the place at its address that a signature can take, or None.

    Two people at one address may both count when their names differ and their postcodes match.
    """
    if signature.email_key is None:
        # Erased: nobody can be told apart any more, and it held its place until now.
        return signature.slot
    with session.no_autoflush:
        others = session.execute(
            select(Signature.slot, Signature.person_key, Signature.postcode_key).where(
                Signature.campaign_id == signature.campaign_id,
                Signature.email_key == signature.email_key,
                Signature.counted_on.is_not(None),
                Signature.id != signature.id,
            )
        ).all()
    if any(other.person_key == signature.person_key for other in others):
        return None
    if any(other.postcode_key != signature.postcode_key for other in others):
        return None
    taken = {other.slot for other in others}
    return next((slot for slot in (0, 1) if slot not in taken), None)


def _step(session: Session, ids: Sequence[int], step: int) -> None:
    """Add one delta for each of these signatures that counts now."""
    counting = select(
        Signature.campaign_id,
        Signature.counted_on,
        KIND,
        NATION_ROW,
        PCON_ROW,
        ALLIANCE_ROW,
        SOURCE_ROW,
        literal(step),
    ).where(Signature.id.in_(ids), Signature.counted_on.is_not(None))
    session.execute(insert(CountDelta).from_select(COLUMNS, counting))
