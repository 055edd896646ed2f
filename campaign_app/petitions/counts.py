"""The public numbers: deltas are folded into totals, and totals are what pages read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from campaign_app.petitions.models import CountDelta, CountTotal
from campaign_app.petitions.rows import ONLINE, OPENING, PAPER

KIND = "kind"
DIMENSIONS = (KIND, "day", "nation", "pcon", "alliance", "source")
BATCH = 20_000
# Any number that no other lock of ours has; two who fold at once would wait for each other's rows.
FOLDING = 5_001


@dataclass(frozen=True, slots=True)
class Total:
    """The number on a petition's page, and what it is made of."""

    confirmed: int = 0  #: signatures online that count
    on_paper: int = 0
    opening: int = 0  #: brought from a former platform
    as_of: datetime | None = None

    @property
    def paper(self) -> int:
        """Return everything that was not signed here, as count.json says it."""
        return self.on_paper + self.opening

    @property
    def total(self) -> int:
        """Return the number itself."""
        return self.confirmed + self.paper


def total(session: Session, campaign_id: int) -> Total:
    """Return the public number of a petition: three rows by their key, at any size."""
    rows = session.execute(
        select(CountTotal.value, CountTotal.n, CountTotal.folded_at).where(
            CountTotal.campaign_id == campaign_id,
            CountTotal.dimension == KIND,
            CountTotal.value.in_((ONLINE, PAPER, OPENING)),
        )
    ).all()
    found = {row.value: row.n for row in rows}
    return Total(
        confirmed=found.get(ONLINE, 0),
        on_paper=found.get(PAPER, 0),
        opening=found.get(OPENING, 0),
        as_of=max((row.folded_at for row in rows), default=None),
    )


def table(session: Session, campaign_id: int, dimension: str) -> dict[str, int]:
    """Return one published table: row to number, without empty rows."""
    rows = session.execute(
        select(CountTotal.value, CountTotal.n).where(
            CountTotal.campaign_id == campaign_id, CountTotal.dimension == dimension
        )
    )
    return {row.value: row.n for row in rows if row.n}


def waiting(session: Session) -> int:
    """Return how many deltas are not folded yet."""
    return session.scalar(select(func.count()).select_from(CountDelta)) or 0


def fold(session: Session, now: datetime, limit: int = BATCH) -> int:
    """Move deltas into the totals in one transaction; return how many there were.

    Exact although ids become visible out of order: what is read is what is removed. Call it
    in a transaction that may write, again while it returns ``limit``.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(FOLDING)))
    oldest = select(CountDelta.id).order_by(CountDelta.id).limit(limit)
    gone = session.execute(
        delete(CountDelta)
        .where(CountDelta.id.in_(oldest))
        .returning(
            CountDelta.campaign_id,
            CountDelta.day,
            CountDelta.kind,
            CountDelta.nation,
            CountDelta.pcon,
            CountDelta.alliance,
            CountDelta.source,
            CountDelta.step,
        )
        .execution_options(synchronize_session=False)
    ).all()
    add(session, _sums(cast("Sequence[_Delta]", gone)), now)
    return len(gone)


Key = tuple[int, str, str]  #: campaign, dimension, row


class _Delta(Protocol):
    """A row of deltas as it was removed; its dimensions are read by name."""

    @property
    def campaign_id(self) -> int: ...
    @property
    def step(self) -> int: ...


def _sums(deltas: Sequence[_Delta]) -> Mapping[Key, int]:
    sums: Counter[Key] = Counter()
    for delta in deltas:
        if delta.step:
            for key in _keys(delta):
                sums[key] += delta.step
    return sums


def _keys(delta: _Delta) -> Iterator[Key]:
    for dimension in DIMENSIONS:
        value = getattr(delta, dimension)
        yield delta.campaign_id, dimension, str(value)


def add(session: Session, sums: Mapping[Key, int], now: datetime) -> None:
    """Add to totals; a row that is not there yet begins at nothing."""
    values = [
        {"campaign_id": campaign, "dimension": dimension, "value": value, "n": n, "folded_at": now}
        for (campaign, dimension, value), n in sorted(sums.items())
        if n
    ]
    if not values:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(CountTotal)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[CountTotal.campaign_id, CountTotal.dimension, CountTotal.value],
            set_={
                "n": CountTotal.n + statement.excluded.n,
                "folded_at": statement.excluded.folded_at,
            },
        ),
        values,
    )
