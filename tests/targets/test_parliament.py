"""Which address of a member is used: the rules of places.md, and never a guess."""

from __future__ import annotations

import pytest

from campaign_app.targets.parliament import OFFICE, ContactRecord, Reach, reach
from campaign_app.targets.spelling import seat_key

HOME = "Constituency office"


def record(kind: str, email: str | None = None, *, preferred: bool = False) -> ContactRecord:
    return ContactRecord(kind, preferred=preferred, email=email)


@pytest.mark.parametrize(
    ("records", "email"),
    [
        ([], None),
        ([record(OFFICE, "a@parliament.uk")], "a@parliament.uk"),
        ([record(OFFICE, "office@example.org")], "office@example.org"),
        ([record(HOME, "h@parliament.uk"), record(OFFICE, "a@parliament.uk")], "a@parliament.uk"),
        ([record(HOME, "a@parliament.uk")], "a@parliament.uk"),
        ([record(HOME, "A.B@Parliament.UK")], "A.B@parliament.uk"),
        ([record(HOME, "a@example.org")], None),
        ([record(HOME, "a@notparliament.uk")], None),
        ([record(HOME, "a@parliament.uk.example.org")], None),
        ([record(OFFICE), record(HOME, "a@parliament.uk")], "a@parliament.uk"),
        ([record(OFFICE, "No email found"), record(HOME, "a@parliament.uk")], "a@parliament.uk"),
        ([record(OFFICE, "a@parliament.uk; b@parliament.uk")], None),
        ([record(OFFICE, "a@parliament.uk\r\nBcc: b@example.org")], None),
        ([record(OFFICE, "Alex <a@parliament.uk>")], None),
        (
            [record(OFFICE, "a@parliament.uk"), record(OFFICE, "b@parliament.uk", preferred=True)],
            "b@parliament.uk",
        ),
        ([record("PARLIAMENTARY OFFICE", "a@example.org")], "a@example.org"),
    ],
)
def test_the_address_is_picked_and_never_guessed(
    records: list[ContactRecord], email: str | None
) -> None:
    assert reach(records).email == email


@pytest.mark.parametrize(
    ("kind", "phone", "kept"),
    [
        (OFFICE, "020 7219 3000", "020 7219 3000"),
        (OFFICE, "020 72193000", "020 72193000"),
        (OFFICE, "+44 20 7219 3000", "+44 20 7219 3000"),
        (OFFICE, "01632 960 123", None),
        (OFFICE, "07700 900123", None),
        (HOME, "020 7219 3000", None),
    ],
)
def test_only_a_phone_at_westminster_is_kept(kind: str, phone: str, kept: str | None) -> None:
    assert reach([ContactRecord(kind, phone=phone)]) == Reach(phone=kept)


@pytest.mark.parametrize(
    ("kind", "web", "kept"),
    [
        ("Website", "https://example.org", "https://example.org"),
        ("Website", "example.org", None),
        ("Website", "javascript:alert(1)", None),
        ("Website", "https://example.org/" + "a" * 200, None),
        ("X (formerly Twitter)", "https://example.org", None),
    ],
)
def test_only_a_website_is_a_website(kind: str, web: str, kept: str | None) -> None:
    assert reach([ContactRecord(kind, web=web)]).website == kept


@pytest.mark.parametrize(
    ("parliament", "ons"),
    [
        ("Bridlington and the Wolds", "Bridlington and The Wolds"),
        ("South Holland and the Deepings", "South Holland and The Deepings"),
        ("Montgomeryshire and Glyndŵr", "Montgomeryshire and Glyndwr"),
        ("Montgomeryshire and Glyndw\u0302r", "Montgomeryshire and Glyndwr"),
        ("Ynys Môn", "Ynys Mo\u0302n"),
        (" Bermondsey  and Old Southwark ", "Bermondsey and Old Southwark"),
        ("King\u2019s Lynn", "King's Lynn"),
    ],
)
def test_seats_are_joined_however_they_are_spelled(parliament: str, ons: str) -> None:
    assert seat_key(parliament) == seat_key(ons)


def test_different_seats_stay_apart() -> None:
    assert seat_key("Newport East") != seat_key("Newport West and Islwyn")
