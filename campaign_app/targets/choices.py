"""What an office asked of us: not to be written to, or to be written to again."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from campaign_app.errors import WrongState
from campaign_app.targets.history import remember
from campaign_app.targets.models import Target, TargetState


def opt_out(session: Session, row: Target, today: date) -> None:
    """Stop letters to an office because it asked us to; kept until somebody else holds it."""
    if row.state is TargetState.VACANT:
        raise WrongState("Nobody holds this office, so nobody can opt out.")
    _go(session, row, TargetState.OPTED_OUT, today)


def opt_in(session: Session, row: Target, today: date) -> None:
    """Let letters go to the office again; raises WrongState when nobody holds it."""
    if row.state is TargetState.VACANT:
        raise WrongState("Nobody holds this office, so nobody can be written to.")
    _go(session, row, TargetState.SITTING if row.email else TargetState.NO_EMAIL, today)


def _go(session: Session, row: Target, state: TargetState, today: date) -> None:
    if row.state is TargetState.DISSOLVED:
        # It takes effect when the dissolution is over: that reads the newest ended row.
        remember(session, row, today, state=state)
    elif row.state is not state:
        remember(session, row, today)
        row.state = state
    session.flush()
