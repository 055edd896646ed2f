"""Between a dissolution of Parliament and the next sync there are no MPs to write to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.targets.history import covered_states, current_rows, remember
from campaign_app.targets.models import Target, TargetKind, TargetState


def is_dissolved(session: Session) -> bool:
    """Return whether Parliament is dissolved, as far as we were told."""
    found = select(Target.id).where(
        Target.kind == TargetKind.MP,
        Target.valid_to.is_(None),
        Target.state == TargetState.DISSOLVED,
    )
    return session.scalar(found.limit(1)) is not None


def dissolve(session: Session, today: date) -> int:
    """Make every MP one who cannot be written to, and return how many were changed.

    What each was stays as an ended row, and ``restore`` brings it back. Done again, it
    changes nothing.
    """
    return dissolve_rows(session, current_rows(session, TargetKind.MP), today)


def dissolve_rows(session: Session, rows: Iterable[Target], today: date) -> int:
    """Dissolve some rows, such as those that a sync added while Parliament is dissolved."""
    changed = [row for row in rows if row.state is not TargetState.DISSOLVED]
    for row in changed:
        remember(session, row, today)
        row.state = TargetState.DISSOLVED
    session.flush()
    return len(changed)


def restore(session: Session, today: date) -> int:
    """Bring every dissolved MP back to what they were, and return how many were changed."""
    covered = covered_states(session, TargetKind.MP)
    for row in current_rows(session, TargetKind.MP):
        if row.id in covered:
            remember(session, row, today)
            row.state = covered[row.id]
    session.flush()
    return len(covered)
