"""Offices: who holds one now, and whether it can be written to."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.targets.models import Target, TargetKind, TargetState


class Office(StrEnum):
    """Whether an office can be written to; each but SITTING has its own page and words."""

    SITTING = "sitting"
    VACANT = "vacant"
    NO_EMAIL = "no_email"
    OPTED_OUT = "opted_out"
    DISSOLVED = "dissolved"
    UNKNOWN = "unknown"  #: we hold nobody for this area


_BY_STATE = {
    TargetState.SITTING: Office.SITTING,
    TargetState.VACANT: Office.VACANT,
    TargetState.NO_EMAIL: Office.NO_EMAIL,
    TargetState.OPTED_OUT: Office.OPTED_OUT,
    TargetState.DISSOLVED: Office.DISSOLVED,
}


def current_target(session: Session, kind: TargetKind, area_code: str | None) -> Target | None:
    """Return who holds an office for an area now: the first in line where it has several.

    None when we hold nobody, and for an area that is not known.
    """
    if area_code is None:
        return None
    current = select(Target).where(
        Target.kind == kind, Target.area_code == area_code, Target.valid_to.is_(None)
    )
    return session.scalars(current.order_by(Target.place_in_line).limit(1)).first()


def office(target: Target | None) -> Office:
    """Return whether a target, as ``current_target`` gave it, can be written to."""
    return _BY_STATE[target.state] if target else Office.UNKNOWN
