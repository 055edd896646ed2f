"""Join what Parliament says with our areas, and make the MPs' rows say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from campaign_app.errors import TransientFailure, WrongState
from campaign_app.targets.changes import Difference, Holder, Unnamed, compare
from campaign_app.targets.dissolution import dissolve_rows, is_dissolved
from campaign_app.targets.history import covered_states, current_rows, put
from campaign_app.targets.models import TargetKind, TargetState
from campaign_app.targets.parliament import Reach, Seat
from campaign_app.targets.reading import Reading
from campaign_app.targets.spelling import seat_key

SOURCE = "UK Parliament Members API"
POSTAL = "House of Commons, London SW1A 0AA"  #: every MP's office, and nobody's home
NOBODY = "No MP at the moment"
NOBODYS_SALUTATION = "Member of Parliament"
_LONGEST = {"name": 120, "salutation": 120, "party": 60}


class UnknownSeats(TransientFailure):
    """Parliament names seats that we cannot join to an area, so nothing is changed."""

    message = "Parliament names seats that we do not know."
    what_next = "Nothing was changed. Put the spelling into campaign_app/targets/spelling.py."


class TooMuchLost(WrongState):
    """So many offices would be lost that somebody should look first."""

    message = "More than 5 % of the offices would be lost."
    what_next = "Nothing was changed. Look at the list, and say --yes if it is right."


def mp_holders(reading: Reading, seats: Mapping[str, str], checked_on: date) -> list[Holder]:
    """Return who holds each seat; ``seats`` gives the name of each ONS code.

    Raises UnknownSeats when Parliament names one that is not among them.
    """
    codes = {seat_key(name): code for code, name in seats.items()}
    unknown = [seat.name for seat in reading.seats if seat_key(seat.name) not in codes]
    if unknown:
        raise UnknownSeats(f"Parliament names seats that we do not know: {', '.join(unknown)}.")
    return [
        _holder(seat, codes[seat_key(seat.name)], reading.reaches, checked_on)
        for seat in reading.seats
    ]


def _holder(seat: Seat, code: str, reaches: Mapping[int, Reach], checked_on: date) -> Holder:
    member = seat.member
    if member is None:
        return vacancy(TargetKind.MP, code, SOURCE, checked_on, name=NOBODY)
    reach = reaches[member.id]
    return Holder(
        kind=TargetKind.MP,
        area_code=code,
        state=TargetState.SITTING if reach.email else TargetState.NO_EMAIL,
        name=member.full_title[: _LONGEST["name"]],
        salutation=member.address_as[: _LONGEST["salutation"]],
        party=member.party[: _LONGEST["party"]] if member.party else None,
        email=reach.email,
        postal=POSTAL,
        phone=reach.phone,
        website=reach.website,
        external_id=str(member.id),
        source=SOURCE,
        checked_on=checked_on,
    )


def vacancy(
    kind: TargetKind, area: str | None, source: str, checked_on: date, *, name: str, place: int = 1
) -> Holder:
    """Return an office that nobody holds."""
    return Holder(
        kind=kind,
        area_code=area,
        place_in_line=place,
        state=TargetState.VACANT,
        name=name,
        salutation=NOBODYS_SALUTATION if kind is TargetKind.MP else name,
        source=source,
        checked_on=checked_on,
    )


def difference(
    session: Session, kind: TargetKind, said: Sequence[Holder], unnamed: Unnamed
) -> Difference:
    """Return what a source would change; reads only."""
    return compare(current_rows(session, kind), covered_states(session, kind), said, unnamed)


def refuse_loss(found: Difference) -> None:
    """Raise TooMuchLost when more than 5 % of the offices would be lost."""
    if found.too_much:
        raise TooMuchLost(f"{found.lost} offices would be lost, which is more than 5 %.")


def apply(session: Session, found: Difference, today: date, *, yes: bool = False) -> None:
    """Make our rows say what the source says; never commits.

    A change of holder ends one row and begins another. While Parliament is dissolved, new MPs
    are dissolved too. Raises TooMuchLost when more than 5 % of the offices would be lost,
    unless ``yes``.
    """
    if not yes:
        refuse_loss(found)
    dissolved = is_dissolved(session)
    new = put(session, found, today)
    if dissolved:
        dissolve_rows(session, [row for row in new if row.kind is TargetKind.MP], today)
