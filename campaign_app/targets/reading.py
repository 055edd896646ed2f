"""Read the whole of Parliament, page by page and member by member, and believe no half of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from campaign_app.errors import TransientFailure
from campaign_app.targets.journal import Journal
from campaign_app.targets.parliament import Page, Parliament, Reach, Seat, reach
from campaign_app.targets.spelling import seat_key

Progress = Callable[[str, int, int], None]  #: what is read, how many of it, of how many


class DoesNotAddUp(TransientFailure):
    """The pages contradict each other, so none of them is used."""

    message = "Parliament's pages do not add up."
    what_next = "Nothing was changed. Run the command again later."


@dataclass(frozen=True, slots=True)
class Reading:
    """All seats, and how each sitting member can be reached."""

    seats: tuple[Seat, ...]
    reaches: Mapping[int, Reach]


def read_parliament(parliament: Parliament, kept: Journal, progress: Progress) -> Reading:
    """Return everything that Parliament says; what ``kept`` holds is not asked for again.

    Raises TransientFailure. When the pages do not add up the progress is thrown away, since
    asking again must not meet the same pages.
    """
    try:
        seats = _seats(parliament, kept, progress)
        _refuse_doubles(seats)
    except DoesNotAddUp:
        kept.forget()
        raise
    members = [seat.member.id for seat in seats if seat.member]
    for number, member_id in enumerate(members, start=1):
        if member_id not in kept.reaches:
            kept.add_reach(member_id, reach(parliament.contacts(member_id)))
        progress("members", number, len(members))
    return Reading(tuple(seats), {member_id: kept.reaches[member_id] for member_id in members})


def _seats(parliament: Parliament, kept: Journal, progress: Progress) -> list[Seat]:
    first = _page(parliament, kept, 0)
    seats, read = list(first.seats), first.entries
    while read < first.total:
        page = _page(parliament, kept, read)
        if page.total != first.total:
            raise DoesNotAddUp("Parliament's list changed while it was read.")
        if not page.entries:
            raise DoesNotAddUp(f"A page of Parliament's list is missing, after {read} entries.")
        seats += page.seats
        read += page.entries
        progress("seats", read, first.total)
    if read != first.total or not seats:
        raise DoesNotAddUp(f"Parliament's list has {read} entries and says {first.total}.")
    return seats


def _page(parliament: Parliament, kept: Journal, skip: int) -> Page:
    if skip not in kept.pages:
        kept.add_page(skip, parliament.page(skip))
    return kept.pages[skip]


def _refuse_doubles(seats: Sequence[Seat]) -> None:
    names = Counter(seat_key(seat.name) for seat in seats)
    for seat in seats:
        if names[seat_key(seat.name)] > 1:
            raise DoesNotAddUp(f"Parliament's list names the seat {seat.name} twice.")
    members = Counter(seat.member.id for seat in seats if seat.member)
    for seat in seats:
        if seat.member and members[seat.member.id] > 1:
            raise DoesNotAddUp(f"Parliament's list gives {seat.name}'s member two seats.")
