"""Current rows, and the past of each: an ended row for every change, however small.

The row of a holder keeps its id for as long as they hold the office, so that letters, pledges
and messages go on pointing at it. What the row said before a change stays as an ended copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from campaign_app.targets.changes import Difference, Holder, Step
from campaign_app.targets.models import Target, TargetKind, TargetState
from campaign_app.targets.spelling import plain


def current_rows(session: Session, kind: TargetKind) -> Sequence[Target]:
    """Return who holds the offices of a kind now, in the order of areas and places."""
    now = select(Target).where(Target.kind == kind, Target.valid_to.is_(None))
    ordered = now.order_by(Target.area_code, Target.place_in_line)
    return session.scalars(ordered.execution_options(populate_existing=True)).all()


def remember(
    session: Session, row: Target, today: date, *, state: TargetState | None = None
) -> None:
    """Keep what a row says as an ended copy, and let the row begin today.

    With ``state``, the copy says that the row was in it: so a dissolved row keeps what it
    goes back to. The caller flushes.
    """
    columns = [column.key for column in Target.__table__.columns if column.key != "id"]
    past = Target(**{name: getattr(row, name) for name in columns})
    past.state = state or row.state
    past.valid_to = max(today, row.valid_from)
    row.valid_from = past.valid_to
    session.add(past)


def covered_states(session: Session, kind: TargetKind) -> Mapping[int, TargetState]:
    """Return, for each dissolved row, the state that it goes back to."""
    rows = [row for row in current_rows(session, kind) if row.state is TargetState.DISSOLVED]
    if not rows:
        return {}
    past = select(Target).where(
        Target.kind == kind,
        Target.valid_to.is_not(None),
        Target.state != TargetState.DISSOLVED,
    )
    latest = {(one.area_code, one.place_in_line): one for one in session.scalars(_in_order(past))}
    return {row.id: _covered(row, latest.get((row.area_code, row.place_in_line))) for row in rows}


def put(session: Session, difference: Difference, today: date) -> tuple[Target, ...]:
    """Make the rows say what the source says, and return the new ones; never commits."""
    old = [step.before for step in difference.steps if step.before and _ends(step)]
    for row in old:
        row.valid_to = max(today, row.valid_from)
    session.flush()
    for step in difference.steps:
        if step.same_holder and step.before and step.after:
            _mend(session, step.before, step, today)
    new = tuple(_row(step.after, today) for step in difference.steps if _begins(step))
    session.add_all(new)
    session.flush()
    return new


def _in_order(past: Select[Target]) -> Select[Target]:
    return past.order_by(Target.valid_to, Target.id)


def _covered(row: Target, past: Target | None) -> TargetState:
    if past and plain(past.name) == plain(row.name) and past.state in _CANNOT_BE_SEEN:
        return past.state
    return TargetState.SITTING if row.email else TargetState.NO_EMAIL


_CANNOT_BE_SEEN = frozenset({TargetState.OPTED_OUT, TargetState.VACANT})


def _ends(step: Step) -> bool:
    return not step.missing and not step.same_holder


def _begins(step: Step) -> bool:
    return step.after is not None and not step.same_holder


def _mend(session: Session, row: Target, step: Step, today: date) -> None:
    holder = step.after
    if holder is None:
        return
    if step.fields:
        remember(session, row, today)
    for name in step.fields:
        if name != "state":
            setattr(row, name, getattr(holder, name))
    if row.state is not TargetState.DISSOLVED and step.state:
        row.state = step.state
    row.source, row.checked_on = holder.source, holder.checked_on


def _row(holder: Holder | None, today: date) -> Target:
    return Target(**asdict(holder), valid_from=today) if holder else Target()
