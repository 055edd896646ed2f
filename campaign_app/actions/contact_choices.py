"""Act: choose how one may be contacted, or stop it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from campaign_app.errors import WrongState
from campaign_app.letters.models import Letter
from campaign_app.supporters import consents, suppression
from campaign_app.supporters.addresses import read_address
from campaign_app.supporters.consents import Choice, Shown
from campaign_app.supporters.models import Channel, Supporter, SupporterIdentity
from campaign_app.supporters.people import known
from campaign_app.supporters.suppression import UNSUBSCRIBED


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """What a person gave us to reach them by; empty where nothing was given."""

    phone: str = ""
    address: str = ""
    postcode: str = ""


def add_channels(
    session: Session,
    letter: Letter,
    choices: Sequence[Choice],
    details: ContactDetails,
    shown: Shown,
) -> None:
    """Record choices for other channels of a proven person, and keep what those need.

    A phone number is kept only for a yes to calls or texts, an address only for a yes to
    post. Raises WrongState while the address is unproven.
    """
    if letter.supporter_id is None:
        raise WrongState("Please confirm your email address first.")
    supporter = session.get_one(Supporter, letter.supporter_id)
    consents.record(session, supporter.subject_id, choices, shown, proven=True)
    consents.rebuild(session, supporter)
    granted = {choice.channel for choice in choices if choice.granted}
    identity = session.get_one(SupporterIdentity, supporter.id)
    if granted & {Channel.PHONE, Channel.SMS} and details.phone:
        identity.phone = details.phone
    if Channel.POST in granted and details.address:
        identity.address, identity.postcode = details.address, details.postcode or None


def stop_emails(session: Session, letter: Letter, shown: Shown) -> None:
    """Stop all news by email to the person behind a letter; saying it twice is fine.

    The link was in their mailbox, so it is their word even where the letter itself was
    never confirmed.
    """
    if letter.email is None:
        return
    canonical = read_address(letter.email).canonical
    suppression.suppress(session, canonical, Channel.EMAIL, reason=UNSUBSCRIBED, now=shown.at)
    supporter = _behind(session, letter)
    if supporter is None:
        consents.withdraw_unproven(session, letter.subject_id, Channel.EMAIL, shown)
    else:
        consents.withdraw(session, supporter, Channel.EMAIL, shown)


def _behind(session: Session, letter: Letter) -> Supporter | None:
    """Return the supporter of the letter's address, whether this letter proved it or not."""
    if letter.supporter_id is not None:
        return session.get(Supporter, letter.supporter_id)
    return known(session, letter.email_key) if letter.email_key else None
