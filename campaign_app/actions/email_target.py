"""Act: send a letter to one's own MP or Cancer Alliance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaign_app.actions import letter_messages
from campaign_app.actions.doubt import doubt, haste, refuse_flood
from campaign_app.actions.own_words import refuse_without_tick
from campaign_app.actions.release_letter import release
from campaign_app.actions.rules import Rules
from campaign_app.actions.sender import Sender
from campaign_app.campaigns.models import ConfirmPolicy
from campaign_app.campaigns.published import PublishedCampaign
from campaign_app.database import unless_there
from campaign_app.errors import WrongState
from campaign_app.letters.catalogue import LetterTemplate
from campaign_app.letters.fields import LetterFields
from campaign_app.letters.merge import LetterText, merge
from campaign_app.letters.models import Letter, LetterState
from campaign_app.letters.own_share import alike_percent
from campaign_app.letters.variants import letter_seed
from campaign_app.places.answers import Answer
from campaign_app.supporters import consents
from campaign_app.supporters.consents import Choice, Shown
from campaign_app.targets.models import Target
from campaign_app.vault.tokens import random_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter that could be sent: who, from where, to whom, in which words.

    ``area_names`` are the names, for showing, of the constituency and the alliance.
    """

    campaign: PublishedCampaign
    template: LetterTemplate
    sender: Sender
    place: Answer
    target: Target
    constituency: str
    alliance: str
    organisation: str
    own_words: str = ""
    asks: tuple[str, ...] = ()

    @property
    def seed(self) -> bytes:
        """Return what picks subject and opening, the same whenever this person comes back."""
        return letter_seed(self.sender.person_key, self.campaign.slug)

    def text(self) -> LetterText:
        """Return the letter as it will be sent, without its footer."""
        return merge(
            self.template,
            LetterFields(
                name=self.sender.name,
                postcode=str(self.sender.postcode),
                outcode=self.sender.postcode.outcode,
                address_lines=self.sender.house_lines,
                representative=self.target.name,
                salutation=self.target.salutation,
                constituency=self.constituency,
                alliance=self.alliance,
                organisation=self.organisation,
            ),
            seed=self.seed,
            own_words=self.own_words,
            asks=self.asks,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """How and when the form came: what doubt, limits and the ledger need to know."""

    form_id: str
    page_age: timedelta | None
    network: bytes
    traffic_source: str | None
    notice_id: int
    page: str
    lang: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of Send; ``again`` when this very form was taken before."""

    letter: Letter
    again: bool = False


def send(
    session: Session,
    *,
    draft: Draft,
    choices: Sequence[Choice],
    occasion: Occasion,
    rules: Rules,
) -> Sent:
    """Write the letter, its consents and its messages; nothing leaves in here.

    Raises WrongState when the campaign takes no letters now, TooMany for a flood, and
    WordsNotAgreed for own words without the tick. A form that comes twice leads to the
    letter that it made the first time.
    """
    if not draft.campaign.takes_letters:
        raise WrongState("This campaign is not taking letters at the moment.")
    if known := _made_by(session, occasion.form_id):
        return Sent(known, again=True)
    if rules.limits:
        refuse_flood(session, occasion.network, occasion.now)
    letter = _letter(draft, occasion, _doubt(session, draft, occasion, rules))
    if letter.own_words:
        refuse_without_tick(choices)
    try:
        with unless_there(session):
            session.add(letter)
    except IntegrityError:
        # The same form came twice at this very moment.
        known = _made_by(session, occasion.form_id)
        if known is None:
            raise
        return Sent(known, again=True)
    _record_choices(session, letter, choices, occasion)
    _dispatch(session, letter, draft.campaign, rules, occasion.now)
    return Sent(letter)


def _made_by(session: Session, form_id: str) -> Letter | None:
    return session.scalar(select(Letter).where(Letter.form_id == form_id))


def _doubt(session: Session, draft: Draft, occasion: Occasion, rules: Rules) -> str | None:
    if draft.campaign.confirm_policy is ConfirmPolicy.OFF:
        return None
    sender, words = draft.sender, draft.own_words
    found = doubt(session, sender=sender, campaign_id=draft.campaign.id, own_words=words)
    if found or not rules.limits:
        return found
    return haste(
        session,
        sender=sender,
        network=occasion.network,
        page_age=occasion.page_age,
        now=occasion.now,
    )


def _letter(draft: Draft, occasion: Occasion, held_reason: str | None) -> Letter:
    text, sender, place = draft.text(), draft.sender, draft.place
    return Letter(
        public_id=random_id(),
        form_id=occasion.form_id,
        subject_id=random_id(),
        campaign_id=draft.campaign.id,
        version_id=draft.campaign.version_id,
        notice_id=occasion.notice_id,
        lang=occasion.lang,
        state=LetterState.UNCONFIRMED,
        first_name=sender.first_name,
        last_name=sender.last_name,
        email=sender.address.written,
        email_key=sender.address.key,
        email_domain=sender.address.domain,
        person_key=sender.person_key,
        address="\n".join(sender.house_lines),
        postcode=str(sender.postcode),
        outcode=sender.postcode.outcode,
        created_at=occasion.now,
        nation=place.nation,
        pcon=place.pcon,
        alliance=place.alliance,
        council=place.council,
        place_source=place.source,
        traffic_source=occasion.traffic_source,
        network_key=occasion.network,
        held_reason=held_reason,
        target_id=draft.target.id,
        target_name=draft.target.name,
        seed=draft.seed,
        subject=text.subject,
        asks=list(draft.asks),
        alike_percent=alike_percent(text.own_words, text.shared_text),
        story_consented=bool(text.own_words),
        own_words=text.own_words or None,
        body=text.body,
    )


def _record_choices(
    session: Session, letter: Letter, choices: Sequence[Choice], occasion: Occasion
) -> None:
    shown = Shown(occasion.page, occasion.lang, letter.campaign_id, occasion.now)
    consents.record(session, letter.subject_id, choices, shown, proven=False)


def _dispatch(
    session: Session, letter: Letter, campaign: PublishedCampaign, rules: Rules, now: datetime
) -> None:
    must_confirm = campaign.confirm_policy is ConfirmPolicy.ALWAYS or letter.held_reason
    letter_messages.queue_held(session, letter, rules, now)
    if must_confirm:
        letter_messages.ask_to_confirm(session, letter, rules, now)
    else:
        release(session, letter, rules, now)
