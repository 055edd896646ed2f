"""Act: confirm that a signature is one's own, by the link's button or by the code.

A link or a code proves the address. What that means for the count is decided in the one
statement that writes it, so that two who press at once cannot both count, and a second press
changes nothing. The page afterwards is the same in every case.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Date,
    Dialect,
    Executable,
    Integer,
    bindparam,
    case,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from campaign_app import clock
from campaign_app.actions.confirm_letter import TooManyCodes
from campaign_app.actions.rules import CODE_LIFE, CODE_TRIES
from campaign_app.actions.sign_engine import writing
from campaign_app.actions.signature_links import CONFIRM, THANKS, bound
from campaign_app.campaigns.models import Campaign, CampaignVersion
from campaign_app.database import UTCDateTime, db
from campaign_app.errors import LinkRefused, WrongState
from campaign_app.petitions.counting import COLUMNS
from campaign_app.petitions.life import Petition, options
from campaign_app.petitions.models import CountDelta, Signature, SignatureState
from campaign_app.petitions.rows import ALLIANCE_ROW, KIND, NATION_ROW, PCON_ROW, SOURCE_ROW
from campaign_app.vault import tokens

TRIES = 5  # Each one is lost only to somebody else's press on the same address.

BUSY = "Somebody else is confirming with this address at this moment."
CLOSED = "This petition is closed, so signatures can no longer be confirmed."


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The address is proven. It says nothing about the count, and neither may a page."""

    public_id: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A signature as it was read, and its petition."""

    row: Any
    petition: Petition


FOUND = (
    select(
        Signature.id,
        Signature.public_id,
        Signature.email_key,
        Signature.email_version,
        Signature.person_key,
        Signature.postcode_key,
        Signature.state.label("signature_state"),
        Signature.counted_on,
        Signature.confirmed_at,
        Signature.erased_at,
        Signature.campaign_id,
        Signature.code_issued_at,
        Campaign.id.label("petition_id"),
        Campaign.slug,
        Campaign.reference,
        Campaign.state,
        Campaign.published_version_id,
        Campaign.opens_at,
        Campaign.closes_at,
        Campaign.goal,
        CampaignVersion.settings,
    )
    .join(Campaign, Campaign.id == Signature.campaign_id)
    .join(CampaignVersion, CampaignVersion.id == Campaign.published_version_id)
    .where(Signature.public_id == bindparam("public_id"))
)

_rival = aliased(Signature)
_rivals = (
    _rival.campaign_id == Signature.campaign_id,
    _rival.email_key == Signature.email_key,
    _rival.counted_on.is_not(None),
    _rival.id != Signature.id,
)


def _state(state: SignatureState) -> ColumnElement[SignatureState]:
    return literal_column(f"'{state}'", Signature.state.type)


def _number(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer())


# Somebody else who counts at this address leaves room for one more; the same person, or one who
# lives elsewhere, leaves none.
_weight = case(
    (_rival.person_key == Signature.person_key, _number(2)),
    (_rival.postcode_key.is_distinct_from(Signature.postcode_key), _number(2)),
    else_=_number(1),
)
_blocked = (
    select(func.coalesce(func.sum(_weight), _number(0)))
    .where(*_rivals)
    .correlate(Signature)
    .scalar_subquery()
) > _number(1)
_was_pending = Signature.state == _state(SignatureState.PENDING)
_free_slot = (
    select(func.coalesce(func.min(_number(1) - _rival.slot), _number(0)))
    .where(*_rivals)
    .correlate(Signature)
    .scalar_subquery()
)
_now: Any = bindparam("now", type_=UTCDateTime())
_day: Any = bindparam("day", type_=Date())
_before: Any = bindparam("before", type_=Date())

#: Rows without a proof, whatever else is true of them: a proof must not be lost.
OPEN_STATES = (
    SignatureState.PENDING,
    SignatureState.HELD,
    SignatureState.DUPLICATE,
    SignatureState.INVALIDATED,
)


def _confirmation() -> ReturningUpdate[Any]:
    becomes = case(
        (_was_pending & ~_blocked, _state(SignatureState.CONFIRMED)),
        (_was_pending, _state(SignatureState.DUPLICATE)),
        else_=Signature.state,
    )
    counts = case((_was_pending & ~_blocked, func.coalesce(Signature.counted_on, _day)))
    slot = case((Signature.counted_on.is_(None), _free_slot), else_=Signature.slot)
    newly = (Signature.state == _state(SignatureState.CONFIRMED)) & (_before.is_(None))
    return (
        update(Signature)
        .where(
            Signature.id == bindparam("signature_id"),
            Signature.confirmed_at.is_(None),
            or_(*(Signature.state == _state(state) for state in OPEN_STATES)),
            Signature.counted_on.is_not_distinct_from(_before),
        )
        .values(state=becomes, counted_on=counts, slot=slot, confirmed_at=_now)
        .returning(
            Signature.campaign_id.label("campaign_id"),
            func.coalesce(Signature.counted_on, _day).label("day"),
            KIND.label("kind"),
            NATION_ROW.label("nation"),
            PCON_ROW.label("pcon"),
            ALLIANCE_ROW.label("alliance"),
            SOURCE_ROW.label("source"),
            case((newly, _number(1)), else_=_number(0)).label("step"),
        )
    )


CONFIRMATION = _confirmation()
_written = CONFIRMATION.cte("written")
#: On PostgreSQL the proof and its step of the count are one statement.
CONFIRMATION_AND_STEP = insert(CountDelta).from_select(COLUMNS, select(_written))
STEP = insert(CountDelta)

#: Where a petition counts at once, a stranger's unproven rows give way to whoever proves.
RIVALS = (
    select(Signature.id, Signature.person_key, Signature.postcode_key, Signature.confirmed_at)
    .where(
        Signature.campaign_id == bindparam("campaign_id"),
        Signature.email_key == bindparam("email_key"),
        Signature.counted_on.is_not(None),
        Signature.id != bindparam("signature_id"),
    )
    .with_for_update()
)
LEAVING = insert(CountDelta).from_select(
    COLUMNS,
    select(
        Signature.campaign_id,
        Signature.counted_on,
        KIND,
        NATION_ROW,
        PCON_ROW,
        ALLIANCE_ROW,
        SOURCE_ROW,
        literal(-1),
    ).where(Signature.id == bindparam("signature_id"), Signature.counted_on.is_not(None)),
)
LEAVE = update(Signature).where(Signature.id == bindparam("signature_id")).values(counted_on=None)
TRY = (
    update(Signature)
    .where(Signature.id == bindparam("signature_id"), Signature.code_tries < CODE_TRIES)
    .values(code_tries=Signature.code_tries + 1)
)
ADDRESS_IS_FULL = 2


def confirm_by_link(token: str, now: datetime, *, chosen: str | None = None) -> Confirmed:
    """Confirm by the token of a mailed link; a second time changes nothing.

    ``chosen`` is the public id of another signature that was made with the same address: the
    link proves the address, so its owner may say which signature is theirs.
    Opens its own connection. Raises LinkRefused for a token that does not hold, WrongState
    when the petition has been closed for more than a day.
    """
    for _ in range(TRIES):
        with writing(db.engine) as connection:
            found = _follow(connection, token, CONFIRM, now)
            if chosen is not None:
                found = _chosen(connection, found, chosen)
            if _confirm(connection, found, now):
                return Confirmed(found.row.public_id)
    raise WrongState(BUSY)


def confirm_by_code(token: str, typed: str, now: datetime) -> bool:
    """Confirm by the six digits that were mailed, on the thank-you page of this token.

    Answers whether they were right. Raises TooManyCodes after five tries, LinkRefused and
    WrongState as ``confirm_by_link`` does.
    """
    digits = "".join(character for character in typed if character.isdigit())
    if not _right_code(token, digits, now):
        return False
    for _ in range(TRIES):
        with writing(db.engine) as connection:
            if _confirm(connection, _follow(connection, token, THANKS, now), now):
                return True
    raise WrongState(BUSY)


def _right_code(token: str, digits: str, now: datetime) -> bool:
    with writing(db.engine) as connection:
        row = _follow(connection, token, THANKS, now).row
        if row.confirmed_at is not None:
            return True
        # The try is counted before it is looked at, so that trying many at once gains nothing.
        if not connection.execute(TRY, {"signature_id": row.id}).rowcount:
            raise TooManyCodes
        if row.code_issued_at is None or now - row.code_issued_at > CODE_LIFE:
            return False
        expected = tokens.code(row.public_id, row.code_issued_at)
        return hmac.compare_digest(expected.encode(), digits.encode())


def _follow(connection: Connection, token: str, purpose: str, now: datetime) -> _Found:
    found = _find(connection, tokens.subject(token))
    bound_to = bound(purpose, found.row.email_key, found.row.email_version)
    tokens.verify(token, purpose, now=now, bound_to=bound_to)
    return found


def _send(
    connection: Connection, statement: Executable, values: dict[str, Any]
) -> CursorResult[Any]:
    """Carry out one of the two statements of the quick way, on PostgreSQL as it was compiled once.

    Rows then hold what the driver gives: a state is its plain word.
    """
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql(_compiled(statement, connection.dialect), values)
    return cast("CursorResult[Any]", connection.execute(statement, values))


@cache
def _compiled(statement: Executable, dialect: Dialect) -> str:
    # Without this, SQLAlchemy takes longer to find what it compiled than to carry it out.
    return str(statement.compile(dialect=dialect))  # type: ignore[attr-defined]


def _find(connection: Connection, public_id: str) -> _Found:
    row = _send(connection, FOUND, {"public_id": public_id}).first()
    if row is None or row.erased_at is not None:
        raise LinkRefused
    return _Found(row, _petition(row))


def _petition(row: Any) -> Petition:  # noqa: ANN401 - a row with a campaign's columns.
    return Petition(
        id=row.petition_id,
        slug=row.slug,
        reference=row.reference,
        state=row.state,
        version_id=row.published_version_id,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        goal=row.goal,
        **options(row.settings),
    )


def _chosen(connection: Connection, proof: _Found, public_id: str) -> _Found:
    other = _find(connection, public_id)
    same = (other.row.campaign_id, other.row.email_key) == (
        proof.row.campaign_id,
        proof.row.email_key,
    )
    if not same:
        raise LinkRefused
    return other


def _confirm(connection: Connection, found: _Found, now: datetime) -> bool:
    """Write the proof; answer False when somebody else changed something at this very moment."""
    row = found.row
    if row.confirmed_at is not None:
        return True
    if not found.petition.takes_confirmations(now):
        raise WrongState(CLOSED)
    if found.petition.counts_at_once and row.counted_on is None:
        _make_room(connection, row)
    try:
        return _write(connection, row, now)
    except IntegrityError:
        return False


def _write(connection: Connection, row: Any, now: datetime) -> bool:  # noqa: ANN401 - a row.
    values = {
        "signature_id": row.id,
        "now": now,
        "day": clock.london_date(now),
        "before": row.counted_on,
    }
    if connection.dialect.name == "postgresql":
        return _send(connection, CONFIRMATION_AND_STEP, values).rowcount > 0
    written = connection.execute(CONFIRMATION, values).mappings().first()
    if written is not None:
        connection.execute(STEP, dict(written))
    return written is not None


def _make_room(connection: Connection, row: Any) -> None:  # noqa: ANN401 - a row.
    """Take unproven rows off the count that stand in the way of one that is being proven."""
    if row.signature_state != SignatureState.PENDING:
        return
    at = {"campaign_id": row.campaign_id, "email_key": row.email_key, "signature_id": row.id}
    with _transaction(connection) as together:
        for crowding in _in_the_way(together.execute(RIVALS, at).all(), row):
            together.execute(LEAVING, {"signature_id": crowding.id})
            together.execute(LEAVE, {"signature_id": crowding.id})


def _in_the_way(rivals: Sequence[Any], row: Any) -> list[Any]:  # noqa: ANN401 - a row.
    unproven = [rival for rival in rivals if rival.confirmed_at is None]
    one_of_them = [
        rival
        for rival in unproven
        if rival.person_key == row.person_key or rival.postcode_key != row.postcode_key
    ]
    return one_of_them or (unproven if len(rivals) >= ADDRESS_IS_FULL else [])


@contextmanager
def _transaction(connection: Connection) -> Iterator[Connection]:
    """Open a transaction of several statements; on SQLite we are in one already."""
    if connection.dialect.name == "sqlite":
        yield connection
        return
    with db.engine.begin() as together:
        yield together
