"""What a source says of offices, set against what we hold: the difference, as values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from campaign_app.targets.models import Target, TargetKind, TargetState
from campaign_app.targets.spelling import plain

LOSS_LIMIT = 0.05  #: More offices than this share may not be lost without somebody's word.

#: What may change while the same person holds the office.
FIELDS = ("name", "salutation", "party", "email", "postal", "phone", "website", "external_id")

Where = tuple[str | None, int]  #: an area's code and the place in line there


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds an office, as a source says; columns are those of ``Target``."""

    kind: TargetKind
    area_code: str | None
    state: TargetState
    name: str
    salutation: str
    source: str
    checked_on: date
    place_in_line: int = 1
    party: str | None = None
    email: str | None = None
    postal: str | None = None
    phone: str | None = None
    website: str | None = None
    external_id: str | None = None

    @property
    def where(self) -> Where:
        """Return which office of its kind it is."""
        return self.area_code, self.place_in_line


class Unnamed(StrEnum):
    """What it means that a source does not name an office that we hold."""

    KEPT = "kept"  #: nothing: the source never meant to name all
    ENDED = "ended"  #: it is there no more: the source is a whole list
    MISSING = "missing"  #: the source is at fault: nothing changes, and it counts as lost


#: An organisation stays itself when its name changes; a person does not.
ORGANISATIONS = frozenset({TargetKind.ALLIANCE, TargetKind.COUNCIL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happens to one office, judged before any row is touched.

    ``was`` is the row's state, or the one that a dissolution covers; ``state`` is the one to
    be in. ``fields`` are the columns that change while the holder stays.
    """

    before: Target | None
    after: Holder | None
    was: TargetState | None
    state: TargetState | None
    same_holder: bool = False
    missing: bool = False
    fields: tuple[str, ...] = ()

    @property
    def lost(self) -> bool:
        """Return whether people could write to the office and no longer can."""
        gone = self.missing or self.state is not TargetState.SITTING
        return self.was is TargetState.SITTING and gone


class What(StrEnum):
    """What can be said of an office in a difference."""

    NEW = "new"
    LEFT = "left"
    CHANGED = "changed"
    VACANT = "vacant"
    NO_EMAIL = "no email"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a difference, for people and scripts."""

    what: What
    area_code: str | None
    place_in_line: int
    name: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Every office that a source names or that we hold, and what happens to it.

    ``lines`` say what is not as it was; ``lost`` is how many offices could be written to and
    no longer can.
    """

    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    lost: int
    too_much: bool  #: more than 5 % of the offices would be lost

    @classmethod
    def of(cls, steps: Sequence[Step]) -> Difference:
        """Return the difference that the steps come to."""
        lost = sum(step.lost for step in steps)
        writable = sum(step.was is TargetState.SITTING for step in steps)
        lines = tuple(line for step in steps for line in _lines(step))
        return cls(tuple(steps), lines, lost, lost > LOSS_LIMIT * writable)

    def count(self, what: What) -> int:
        """Return how many lines say this."""
        return sum(line.what is what for line in self.lines)


def compare(
    current: Iterable[Target],
    covered: Mapping[int, TargetState],
    said: Sequence[Holder],
    unnamed: Unnamed,
) -> Difference:
    """Set what a source says against the rows that are current; ``covered`` by a dissolution."""
    rows = {(row.area_code, row.place_in_line): row for row in current}
    steps = [_step(rows.pop(holder.where, None), covered, holder) for holder in said]
    if unnamed is not Unnamed.KEPT:
        missing = unnamed is Unnamed.MISSING
        steps += [_absent(row, covered, missing=missing) for row in rows.values()]
    return Difference.of(steps)


def _step(row: Target | None, covered: Mapping[int, TargetState], holder: Holder) -> Step:
    if row is None:
        return Step(before=None, after=holder, was=None, state=holder.state)
    was = covered.get(row.id, row.state)
    if not _same_holder(row, was, holder):
        return Step(before=row, after=holder, was=was, state=holder.state)
    # A holder who opted out stays out, whatever a source says.
    state = TargetState.OPTED_OUT if was is TargetState.OPTED_OUT else holder.state
    fields = [name for name in FIELDS if _value(row, name) != _value(holder, name)]
    return Step(
        before=row,
        after=holder,
        was=was,
        state=state,
        same_holder=True,
        fields=(*fields, "state") if state is not was else tuple(fields),
    )


def _absent(row: Target, covered: Mapping[int, TargetState], *, missing: bool) -> Step:
    was = covered.get(row.id, row.state)
    return Step(before=row, after=None, was=was, state=was if missing else None, missing=missing)


def _same_holder(row: Target, was: TargetState, holder: Holder) -> bool:
    """Return whether the office stays in the same hands, or stays empty."""
    if TargetState.VACANT in {was, holder.state}:
        return was is holder.state
    if holder.kind in ORGANISATIONS:
        return True
    if row.external_id and holder.external_id:
        return row.external_id == holder.external_id
    return plain(row.name) == plain(holder.name)


def _value(one: Target | Holder, name: str) -> object:
    return getattr(one, name) or None


def _lines(step: Step) -> Iterator[Line]:
    where = _where(step)
    if step.missing and step.before:
        yield Line(What.MISSING, *where, step.before.name)
        return
    if step.same_holder and step.after:
        if step.fields:
            yield Line(What.CHANGED, *where, step.after.name, step.fields)
    elif step.before and step.was is not TargetState.VACANT:
        yield Line(What.LEFT, *where, step.before.name)
    yield from _arrivals(step, where)


def _arrivals(step: Step, where: Where) -> Iterator[Line]:
    if step.after is None or (step.same_holder and "state" not in step.fields):
        return
    if step.after.state is TargetState.VACANT:
        yield Line(What.VACANT, *where, step.after.name)
        return
    if not step.same_holder:
        yield Line(What.NEW, *where, step.after.name)
    if step.state is TargetState.NO_EMAIL:
        yield Line(What.NO_EMAIL, *where, step.after.name)


def _where(step: Step) -> Where:
    if step.after:
        return step.after.where
    return (step.before.area_code, step.before.place_in_line) if step.before else (None, 1)
