"""A letter's journey between its pages: what was typed, where it leads, and what it makes.

Nothing is stored before Send, so every step carries and checks all earlier ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from flask import current_app
from werkzeug.datastructures import MultiDict

from campaign_app import clock
from campaign_app.actions.email_target import Draft
from campaign_app.actions.rules import Rules
from campaign_app.campaigns.models import ConfirmPolicy
from campaign_app.campaigns.published import PublishedCampaign
from campaign_app.database import db
from campaign_app.errors import UnknownPostcode
from campaign_app.letters.catalogue import Catalogue, LetterTemplate
from campaign_app.letters.footer import footer
from campaign_app.places.answers import Answer
from campaign_app.places.areas import area_name
from campaign_app.places.postcode import Special, SpecialKind, special
from campaign_app.places.situation import Situation, situation
from campaign_app.public.forms import DetailsForm, LetterForm, problems
from campaign_app.public.places import place_of
from campaign_app.targets.models import Target, TargetKind
from campaign_app.targets.offices import Office, current_target, office
from campaign_app.web.languages import language

#: Special postcodes that lead to a page of their own; the others are a slip to be mended.
SPECIAL_PAGES = frozenset({SpecialKind.CROWN, SpecialKind.BFPO, SpecialKind.OVERSEAS})
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The journey ends here with words of its own: another nation, a vacant seat, and so on."""

    why: Situation | Office
    constituency: str | None = None
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Located:
    """Where someone lives and whom they can write to."""

    place: Answer
    target: Target
    constituency: str
    alliance: str


@dataclass(slots=True)
class Journey:
    """One request of the journey: the campaign and everything that was typed so far."""

    campaign: PublishedCampaign
    typed: MultiDict[str, str]
    now: datetime
    details: DetailsForm = field(init=False)
    letter: LetterForm = field(init=False)

    def __post_init__(self) -> None:
        """Read the forms out of what was typed, taking up a suggestion that was pressed."""
        self.details = DetailsForm(self.typed)
        self._take_suggestion()
        self.letter = LetterForm(self.typed)
        self.letter.offer_asks([(ask.key, ask.text) for ask in self.template.asks])

    @property
    def template(self) -> LetterTemplate:
        """Return the campaign's letter in the language of the page."""
        catalogue: Catalogue = current_app.extensions["campaign_letters"]
        return catalogue.letter(self.campaign.slug, self.campaign.target_kind or "", language())

    @property
    def traffic_source(self) -> str | None:
        """Return where the visitor came from, as the link said; never a person."""
        named = self.typed.get("source", "")
        return named if _SOURCE.fullmatch(named) else None

    def _take_suggestion(self) -> None:
        wanted = self.typed.get("use_suggestion")
        if wanted not in {"email", "postcode"}:
            return
        if meant := self.details.meant(wanted):
            self.typed[wanted] = meant
        if wanted == "postcode":
            # The question about the address was on the same page and is not answered yet.
            self.typed.pop("email_seen", None)
        self.details = DetailsForm(self.typed)

    def special(self) -> Special | None:
        """Return what is special about the typed postcode, where that has a page of its own."""
        found = special(self.typed.get("postcode", ""))
        return found if found and found.kind in SPECIAL_PAGES else None

    def locate(self) -> Located | Elsewhere:
        """Return where the typed postcode leads; only after the details were validated.

        Raises UnknownPostcode or PlacesUnavailable.
        """
        place = place_of(self.details.parsed_postcode, self.now)
        where = situation(place)
        constituency = area_name(db.session(), place.pcon or "", lang=language())
        if where is not Situation.READY:
            return Elsewhere(where, constituency)
        kind = TargetKind(self.campaign.target_kind or TargetKind.MP)
        target = current_target(db.session(), kind, place.pcon)
        if target is None or office(target) is not Office.SITTING:
            return Elsewhere(office(target), constituency, target)
        alliance = area_name(db.session(), place.alliance or "", lang=language())
        return Located(place, target, constituency or "", alliance or "")

    def draft(self, located: Located, *, with_words: bool = True) -> Draft:
        """Return the letter as it stands, with the own words or without them."""
        return Draft(
            campaign=self.campaign,
            template=self.template,
            sender=self.details.sender(),
            place=located.place,
            target=located.target,
            constituency=located.constituency,
            alliance=located.alliance,
            organisation=rules().organisation.name,
            own_words=self.letter.words if with_words else "",
            asks=self.letter.chosen,
        )

    def footer(self, draft: Draft) -> str:
        """Return the lines under the letter as they will be when it leaves."""
        organisation = rules().organisation
        return footer(
            name=draft.sender.name,
            organisation=organisation.name,
            reference=self.campaign.reference,
            contact=organisation.email,
            confirmed_on=self._confirmed_on(),
            lang=language(),
        )

    def _confirmed_on(self) -> date | None:
        always = self.campaign.confirm_policy is ConfirmPolicy.ALWAYS
        return clock.london_date(self.now) if always else None

    def detail_problems(self) -> list[tuple[str | None, str]]:
        """Return what is wrong with the details, or an empty list."""
        self.details.validate()
        return problems(self.details)

    def unknown(self, error: UnknownPostcode) -> list[tuple[str | None, str]]:
        """Return the problem of a postcode that no source knows, put beside its field."""
        self.details.postcode_is_unknown(error)
        return problems(self.details)


def rules() -> Rules:
    """Return the rules of this installation."""
    return Rules.of(current_app.extensions["campaign_settings"])
