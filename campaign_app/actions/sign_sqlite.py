"""Signing on SQLite: the steps of the one statement, as Core statements behind a fair lock.

Every case takes the same steps. A test compares what this writes with what PostgreSQL
writes, row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, bindparam, func, insert, select

from campaign_app.actions.rules import MAILS_TO_ONE_ADDRESS
from campaign_app.actions.sign_engine import writing
from campaign_app.actions.sign_row import ALREADY, CONFIRM, DAY, MAILS_AT_MOST
from campaign_app.delivery.models import Message, MessageEvent, MessageState, Stream
from campaign_app.petitions.holds import NETWORK_HOUR, NETWORK_MINUTE
from campaign_app.petitions.models import CountDelta, Signature, SignatureState
from campaign_app.supporters.models import ConsentEvent

_AT_ADDRESS = (
    Signature.campaign_id == bindparam("campaign_id"),
    Signature.email_key == bindparam("email_key"),
)
PRIOR = select(Signature.slot, Signature.person_key, Signature.postcode_key, Signature.state).where(
    *_AT_ADDRESS, Signature.counted_on.is_not(None)
)
MAILED = (
    select(Signature.mail_due_at, Signature.mails)
    .where(*_AT_ADDRESS, Signature.mail_due_at > bindparam("day_ago"))
    .order_by(Signature.mail_due_at.desc())
    .limit(MAILS_AT_MOST)
)
RECENT = select(func.count()).select_from(
    select(Signature.id)
    .where(
        Signature.network_key == bindparam("network_key"),
        Signature.created_at > bindparam("since"),
    )
    .limit(bindparam("most"))
    .subquery()
)
# Made once: SQLAlchemy then finds what it compiled the first time.
INSERT_SIGNATURE = insert(Signature)
INSERT_CONSENTS = insert(ConsentEvent)
INSERT_MESSAGE = insert(Message)
INSERT_EVENT = insert(MessageEvent)
INSERT_DELTA = insert(CountDelta)
ADDRESS_IS_FULL = 2


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the rows that are there already mean for a new one."""

    already: bool
    crowded: bool
    slot: int
    held: str | None
    due_at: datetime
    unsent: bool

    @property
    def state(self) -> SignatureState:
        if self.already:
            return SignatureState.DUPLICATE
        return SignatureState.HELD if self.held else SignatureState.PENDING

    def counts(self, *, at_once: bool) -> bool:
        return at_once and not (self.already or self.crowded or self.held)


def write(
    engine: Engine, row: dict[str, Any], terms: dict[str, Any], consents: Sequence[dict[str, Any]]
) -> None:
    """Write a signature durably."""
    with writing(engine) as connection:
        verdict = _decide(connection, row, terms)
        signature_id = _insert_signature(connection, row, terms, verdict)
        _insert_consents(connection, row, terms, consents)
        _insert_message(connection, signature_id, row, terms, verdict)
        _insert_delta(connection, row, terms, counts=verdict.counts(at_once=terms["at_once"]))


def _decide(connection: Connection, row: dict[str, Any], terms: dict[str, Any]) -> _Verdict:
    at = {"campaign_id": row["campaign_id"], "email_key": row["email_key"]}
    prior = connection.execute(PRIOR, at).all()
    proven = [one for one in prior if one.state is SignatureState.CONFIRMED]
    same = [one for one in prior if one.person_key == row["person_key"]]
    away = [one for one in prior if one.postcode_key != row["postcode_key"]]
    due_at, unsent = _mail_turn(connection, at, terms, row["created_at"])
    return _Verdict(
        already=bool({*same, *away} & set(proven)) or len(proven) >= ADDRESS_IS_FULL,
        crowded=bool(same or away) or len(prior) >= ADDRESS_IS_FULL,
        slot=1 - prior[0].slot if len(prior) == 1 else 0,
        held=_held(connection, row, terms),
        due_at=due_at,
        unsent=unsent,
    )


def _mail_turn(
    connection: Connection, at: dict[str, Any], terms: dict[str, Any], now: datetime
) -> tuple[datetime, bool]:
    """Return when a mail to this address may leave, and whether it is one too many."""
    mailed = connection.execute(MAILED, {**at, "day_ago": terms["day_ago"]}).all()
    n = sum(one.mails for one in mailed)
    if n < MAILS_TO_ONE_ADDRESS or n >= MAILS_AT_MOST:
        return now, n >= MAILS_AT_MOST
    fifth = mailed[:MAILS_TO_ONE_ADDRESS][-1].mail_due_at
    return max(now, fifth + DAY), False


def _held(connection: Connection, row: dict[str, Any], terms: dict[str, Any]) -> str | None:
    minute = _recent(connection, row, terms["minute_ago"], terms["per_minute"])
    hour = _recent(connection, row, terms["hour_ago"], terms["per_hour"])
    if terms["hold"] or not terms["limits"]:
        held: str | None = terms["hold"]
        return held
    return NETWORK_MINUTE if minute else NETWORK_HOUR if hour else None


def _recent(connection: Connection, row: dict[str, Any], since: datetime, most: int) -> bool:
    values = {"network_key": row["network_key"], "since": since, "most": most}
    return bool(connection.execute(RECENT, values).scalar_one() >= most)


def _insert_signature(
    connection: Connection, row: dict[str, Any], terms: dict[str, Any], verdict: _Verdict
) -> int:
    counts = verdict.counts(at_once=terms["at_once"])
    decided = {
        "state": verdict.state,
        "slot": verdict.slot,
        "counted_on": terms["day"] if counts else None,
        "held_reason": verdict.held,
        "mail_due_at": None if verdict.unsent else verdict.due_at,
        "mails": 0 if verdict.unsent else 1,
    }
    result = connection.execute(INSERT_SIGNATURE, {**row, **decided})
    return _new_id(result)


def _insert_consents(
    connection: Connection,
    row: dict[str, Any],
    terms: dict[str, Any],
    consents: Sequence[dict[str, Any]],
) -> None:
    shared = {
        "subject_id": row["subject_id"],
        "proven": False,
        "happened_at": row["created_at"],
        "recorded_at": row["created_at"],
        "lang": row["lang"],
        "page": terms["page"],
        "campaign_id": row["campaign_id"],
        "asked_by": "person",
    }
    if consents:
        connection.execute(INSERT_CONSENTS, [{**shared, **one} for one in consents])


def _insert_message(
    connection: Connection,
    signature_id: int,
    row: dict[str, Any],
    terms: dict[str, Any],
    verdict: _Verdict,
) -> None:
    now = row["created_at"]
    waits = MessageState.WAITING if verdict.due_at > now else MessageState.DUE
    state = MessageState.HELD if verdict.unsent else waits
    message = connection.execute(
        INSERT_MESSAGE,
        {
            "public_id": terms["message_id"],
            "kind": ALREADY if verdict.already else CONFIRM,
            "stream": Stream.SERVICE,
            "state": state,
            "recipe": {},
            "signature_id": signature_id,
            "campaign_id": row["campaign_id"],
            "mail_id": terms["mail_id"],
            "created_at": now,
            "due_at": verdict.due_at,
            "attempts": 0,
        },
    )
    event = {"message_id": _new_id(message), "state": state}
    connection.execute(INSERT_EVENT, {**event, "reason": "queued", "happened_at": now})


def _new_id(result: CursorResult[Any]) -> int:
    # Asked of SQLite itself, which knows the newest id of this connection.
    return int(result.lastrowid)


def _insert_delta(
    connection: Connection, row: dict[str, Any], terms: dict[str, Any], *, counts: bool
) -> None:
    connection.execute(
        INSERT_DELTA,
        {
            "campaign_id": row["campaign_id"],
            "day": terms["day"],
            "kind": terms["count_kind"],
            "nation": terms["nation_row"],
            "pcon": terms["pcon_row"],
            "alliance": terms["alliance_row"],
            "source": terms["source_row"],
            "step": 1 if counts else 0,
        },
    )
