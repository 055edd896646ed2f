"""What a source changes: who is new, who left, and what of the past is kept."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from campaign_app.errors import WrongState
from campaign_app.targets.changes import Unnamed, What
from campaign_app.targets.choices import opt_in, opt_out
from campaign_app.targets.history import current_rows
from campaign_app.targets.models import TargetKind, TargetState
from campaign_app.targets.parliament import Member, Reach, Seat
from campaign_app.targets.reading import Reading
from campaign_app.targets.sync import TooMuchLost, UnknownSeats, difference, mp_holders
from tests.targets.holders import (
    LATER,
    SEAT,
    TODAY,
    add_seats,
    holder,
    now_at,
    rows,
    said,
    vacant,
    without_email,
    words,
)

OTHER = "E14001086"


@pytest.fixture
def seat(session: Session) -> Session:
    add_seats(session, SEAT, OTHER)
    return session


def test_a_first_holder_is_new(seat: Session) -> None:
    found = said(seat, holder())

    assert words(found) == ["new: Alex Example MP"]
    row = now_at(seat)
    assert (row.state, row.email, row.valid_from) == (
        TargetState.SITTING,
        "alex@parliament.uk",
        TODAY,
    )


def test_the_same_again_only_refreshes_the_date(seat: Session) -> None:
    said(seat, holder())

    found = said(seat, holder(checked_on=LATER), today=LATER)

    assert words(found) == []
    assert [(row.checked_on, row.valid_from) for row in rows(seat)] == [(LATER, TODAY)]


def test_a_change_of_holder_ends_one_row_and_begins_another(seat: Session) -> None:
    said(seat, holder())

    found = said(seat, holder("Bela Example MP"), today=LATER)

    assert words(found) == ["left: Alex Example MP", "new: Bela Example MP"]
    old, new = rows(seat)
    assert (old.name, old.email, old.valid_to) == ("Alex Example MP", "alex@parliament.uk", LATER)
    assert (new.name, new.valid_from, new.valid_to) == ("Bela Example MP", LATER, None)


def test_an_id_says_more_than_a_name(seat: Session) -> None:
    said(seat, holder(external_id="1"))

    married = said(seat, holder("Alex Newname Example MP", external_id="1"))
    namesake = said(seat, holder("Alex Newname Example MP", external_id="2"))

    assert words(married) == ["changed: Alex Newname Example MP name,salutation"]
    assert words(namesake) == ["left: Alex Newname Example MP", "new: Alex Newname Example MP"]


def test_a_mended_address_keeps_the_row_and_what_it_said(seat: Session) -> None:
    said(seat, holder())
    before = now_at(seat).id

    found = said(seat, holder(email="office@parliament.uk"), today=LATER)

    assert words(found) == ["changed: Alex Example MP email"]
    past, row = rows(seat)
    assert (row.id, row.email, row.valid_from) == (before, "office@parliament.uk", LATER)
    assert (past.email, past.valid_from, past.valid_to) == ("alex@parliament.uk", TODAY, LATER)


def test_a_seat_that_falls_vacant_and_is_filled_again(seat: Session) -> None:
    said(seat, holder())

    assert words(said(seat, vacant())) == ["left: Alex Example MP", "vacant: No MP at the moment"]
    assert now_at(seat).state is TargetState.VACANT
    assert words(said(seat, vacant())) == []
    assert words(said(seat, holder("Bela Example MP"))) == ["new: Bela Example MP"]
    assert now_at(seat).state is TargetState.SITTING


def test_an_address_that_goes_and_comes_back(seat: Session) -> None:
    said(seat, holder())

    gone = said(seat, without_email())

    assert words(gone) == ["changed: Alex Example MP email,state", "no email: Alex Example MP"]
    assert (now_at(seat).state, now_at(seat).email) == (TargetState.NO_EMAIL, None)
    said(seat, holder())
    assert now_at(seat).state is TargetState.SITTING


def test_somebody_new_without_an_address(seat: Session) -> None:
    assert words(said(seat, without_email())) == [
        "new: Alex Example MP",
        "no email: Alex Example MP",
    ]


def test_who_opted_out_stays_out_until_somebody_else_sits(seat: Session) -> None:
    said(seat, holder())
    opt_out(seat, now_at(seat), TODAY)

    assert words(said(seat, holder(checked_on=LATER))) == []
    assert now_at(seat).state is TargetState.OPTED_OUT
    assert words(said(seat, holder(email="new@parliament.uk"))) == [
        "changed: Alex Example MP email"
    ]
    assert now_at(seat).state is TargetState.OPTED_OUT
    said(seat, holder("Bela Example MP"))
    assert now_at(seat).state is TargetState.SITTING


def test_opting_in_again(seat: Session) -> None:
    said(seat, holder(), without_email("Bela Example MP", OTHER))
    for area, state in ((SEAT, TargetState.SITTING), (OTHER, TargetState.NO_EMAIL)):
        opt_out(seat, now_at(seat, area), TODAY)
        opt_out(seat, now_at(seat, area), TODAY)
        opt_in(seat, now_at(seat, area), TODAY)

        assert now_at(seat, area).state is state
        assert len(rows(seat, area)) == 3


@pytest.mark.parametrize("act", [opt_out, opt_in])
def test_nobody_cannot_choose(seat: Session, act: object) -> None:
    said(seat, vacant())

    with pytest.raises(WrongState):
        act(seat, now_at(seat), TODAY)  # type: ignore[operator]  # both acts take these.


def test_a_seat_that_a_list_forgot_keeps_its_holder_and_counts_as_lost(seat: Session) -> None:
    said(seat, holder(), holder("Bela Example MP", OTHER))

    found = said(seat, holder(checked_on=LATER))

    assert words(found) == ["missing: Bela Example MP"]
    assert (found.lost, found.too_much) == (1, True)
    assert (now_at(seat, OTHER).name, now_at(seat, OTHER).checked_on) == ("Bela Example MP", TODAY)


def test_a_whole_list_ends_what_it_leaves_out_and_a_part_of_one_does_not(seat: Session) -> None:
    said(seat, holder(), holder("Bela Example MP", OTHER))

    part = said(seat, holder(), unnamed=Unnamed.KEPT)
    whole = said(seat, holder(), unnamed=Unnamed.ENDED, today=LATER)

    assert words(part) == []
    assert words(whole) == ["left: Bela Example MP"]
    assert [row.valid_to for row in rows(seat, OTHER)] == [LATER]


@pytest.mark.parametrize(("lost", "refused"), [(1, False), (2, True)])
def test_more_than_five_percent_need_somebody_s_word(
    session: Session, lost: int, refused: bool
) -> None:
    codes = [f"E1400{number}" for number in range(1001, 1021)]
    add_seats(session, *codes)
    said(session, *(holder(f"M{code} Example MP", code) for code in codes))
    next_day = [vacant(code) for code in codes[:lost]]
    next_day += [holder(f"M{code} Example MP", code) for code in codes[lost:]]

    if refused:
        with pytest.raises(TooMuchLost, match="2 offices"):
            said(session, *next_day, yes=False)
    found = said(session, *next_day, yes=refused)

    assert found.count(What.VACANT) == lost


def test_many_new_holders_are_no_loss(seat: Session) -> None:
    said(seat, holder(), holder("Bela Example MP", OTHER))

    found = said(seat, holder("Casey Example MP"), holder("Dara Example MP", OTHER), yes=False)

    assert found.lost == 0


def test_comparing_changes_nothing(seat: Session) -> None:
    said(seat, holder())

    difference(seat, TargetKind.MP, [holder("Bela Example MP")], Unnamed.MISSING)

    assert now_at(seat).name == "Alex Example MP"


def test_several_holders_of_one_area_are_kept_apart(seat: Session) -> None:
    first, second = holder("Alex Example"), holder("Bela Example", place_in_line=2)
    said(seat, first, second)

    said(seat, first, holder("Casey Example", place_in_line=2))

    current = current_rows(seat, TargetKind.MP)
    assert [(row.place_in_line, row.name) for row in current] == [
        (1, "Alex Example"),
        (2, "Casey Example"),
    ]


def test_an_organisation_stays_itself_when_its_name_changes(seat: Session) -> None:
    said(seat, holder("Old Example Alliance", kind=TargetKind.ALLIANCE), kind=TargetKind.ALLIANCE)

    found = said(
        seat, holder("New Example Alliance", kind=TargetKind.ALLIANCE), kind=TargetKind.ALLIANCE
    )

    assert words(found) == ["changed: New Example Alliance name,salutation,email"]


def reading(name: str, member: Member | None, email: str | None = "a@parliament.uk") -> Reading:
    return Reading((Seat(1, name, member),), {7: Reach(email, "020 7219 3000")})


ALEX = Member(7, "Alex Example MP", "M Example", "Example Party")


def test_a_seat_becomes_a_holder_of_its_area() -> None:
    (found,) = mp_holders(reading("Montgomeryshire and Glyndŵr", ALEX), GLYNDWR, TODAY)

    assert found == holder(
        area="W07000102",
        email="a@parliament.uk",
        salutation="M Example",
        party="Example Party",
        postal="House of Commons, London SW1A 0AA",
        phone="020 7219 3000",
        external_id="7",
        source="UK Parliament Members API",
    )


GLYNDWR = {"W07000102": "Montgomeryshire and Glyndwr"}


@pytest.mark.parametrize(
    ("member", "email", "state"),
    [
        (ALEX, None, TargetState.NO_EMAIL),
        (None, None, TargetState.VACANT),
    ],
)
def test_a_seat_without_an_address_or_a_member(
    member: Member | None, email: str | None, state: TargetState
) -> None:
    (found,) = mp_holders(reading("Montgomeryshire and Glyndwr", member, email), GLYNDWR, TODAY)

    assert (found.state, found.email) == (state, None)


def test_a_seat_that_we_do_not_know_is_refused_by_its_name() -> None:
    with pytest.raises(UnknownSeats, match="Atlantis"):
        mp_holders(reading("Atlantis", ALEX), GLYNDWR, TODAY)
