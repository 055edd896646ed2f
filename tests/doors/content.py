"""A small country: one campaign, the seats and the postcodes that its tests need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.campaigns.models import Campaign
from campaign_app.campaigns.opening import open_shipped
from campaign_app.campaigns.shipped import ShippedCampaign, shipped_campaigns
from campaign_app.places import kept
from campaign_app.places.answers import Answer, Status
from campaign_app.places.directory import DemoDirectory
from campaign_app.places.models import Area, AreaKind
from campaign_app.places.postcode import parse
from campaign_app.targets.shipped import load_demo_targets

SLUG = "fair-care-everywhere"
PAGE = f"/campaigns/{SLUG}"
SEAT = "Bermondsey and Old Southwark"
ALLIANCE = "South East London"
HOME = "SE1 2DL"  #: a seat with an MP and an alliance
VACANT = "HP10 0AA"
WITHOUT_EMAIL = "CV34 5AW"
WALES = "CF23 6EB"
SCOTLAND = "AB15 9RT"
NORTHERN_IRELAND = "BT53 7HX"
JERSEY = "JE2 4WD"
GONE = "SE1 1AA"  #: known to be out of use
NOWHERE = "SE1 1AB"  #: known not to exist
AREAS = {
    "E14001085": SEAT,
    "E14001082": "Beaconsfield",
    "E14001566": "Warwick and Leamington",
    "E56000010": ALLIANCE,
}


def put_content(session: Session, now: datetime) -> Campaign:
    """Put the campaign, its seats and what is known of the postcodes into the database."""
    areas = [
        Area(code=code, kind=_kind(code), name=name, nation="England")
        for code, name in AREAS.items()
    ]
    session.add_all(areas)
    session.flush()
    load_demo_targets(session, areas, clock.london_date(now))
    for answer in _answers():
        kept.keep(session, replace(answer, as_of=clock.now()))
    campaign = open_shipped(session, _shipped(), now)
    session.commit()
    return campaign


def _kind(code: str) -> AreaKind:
    return AreaKind.ALLIANCE if code.startswith("E56") else AreaKind.CONSTITUENCY


def _shipped() -> ShippedCampaign:
    return next(one for one in shipped_campaigns() if one.slug == SLUG)


def _answers() -> Iterator[Answer]:
    directory = DemoDirectory()
    for text in (HOME, VACANT, WITHOUT_EMAIL, WALES, SCOTLAND, NORTHERN_IRELAND):
        answer = directory.look_up(parse(text), clock.now())
        assert answer is not None, f"the directory lost {text}"
        yield answer
    for text, status in ((GONE, Status.TERMINATED), (NOWHERE, Status.UNKNOWN)):
        yield Answer(postcode=parse(text), status=status, source="a test", as_of=clock.now())
