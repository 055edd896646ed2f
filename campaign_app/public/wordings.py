"""The words that people agree to, one function each; what is shown is what is kept.

``{…}`` is filled when shown; the pattern itself is what the ledger keeps, because the
act beside it says which name was filled in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from campaign_app.evidence import wordings
from campaign_app.settings import Organisation
from campaign_app.web.languages import N_, language

CONTACT_QUESTION = N_("Can we email you about what happens next and other ways to help?")
CONTACT_YES = N_("Yes, email me. I am 16 or over")
CONTACT_NO = N_("No, thank you")
CONTACT_HINT = N_("The emails come from {organisation}. You can stop them at any time.")
STORY_TICK = N_(
    "Send my words, including anything about my health, to {target}. Their office will keep a copy."
)
NOTICE = N_(
    "{organisation} uses your details to send and count your letter. {target} gets your name, "
    "email, address, postcode and words, and keeps them by their own rules. We delete your words "
    "28 days after your letter arrives, and the rest six months after the hand-in. Ask us for a "
    "copy, a change or an end: {email}, {phone}. You can complain to the Information Commissioner."
)
ANALYSIS = N_(
    "We may study what we know of you, also from public sources. It helps us choose what we send "
    "you and which adverts you see online."
)
ANALYSIS_OBJECTION = N_("Please do not do this with my details")
TICK_MISSING = N_("Tick the box if we may send your words, or take the words out.")
CHANNELS_HINT = N_("Calls, texts and post come from {organisation}. You can stop them at any time.")
PHONE_QUESTION = N_("Can we ring you about our campaigns?")
SMS_QUESTION = N_("Can we send you texts about our campaigns?")
POST_QUESTION = N_("Can we write to you by post about our campaigns?")


@dataclass(frozen=True, slots=True)
class Wordings:
    """Ids of the words that stand on the letter page, for the rows that point to them."""

    notice: int
    contact: int
    story: int
    analysis: int


def on_letter_page(session: Session, now: datetime) -> Wordings:
    """Write down the letter page's words where they are new, and return their ids."""
    contact = (CONTACT_QUESTION, CONTACT_YES, CONTACT_NO, CONTACT_HINT)
    return Wordings(
        notice=kept(session, "notice.letter", (NOTICE,), now),
        contact=kept(session, "contact.email", contact, now),
        story=kept(session, "story.target", (STORY_TICK,), now),
        analysis=kept(session, "notice.analysis", (ANALYSIS, ANALYSIS_OBJECTION), now),
    )


def kept(session: Session, name: str, parts: tuple[str, ...], now: datetime) -> int:
    """Return the id of these words as they are shown in the language of the page."""
    text = "\n".join(gettext(part) for part in parts)
    return wordings.keep(session, name, {language(): text}, now)


def filled(pattern: str, organisation: Organisation, target: str = "") -> str:
    """Return the words as a person sees them."""
    return gettext(pattern).format(
        organisation=organisation.name,
        email=organisation.email,
        phone=organisation.phone,
        target=target,
    )
