"""The few settings that acts need, as one value that a door hands in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from campaign_app.settings import Mode, Organisation, Settings

CODE_LIFE = timedelta(minutes=30)
CODE_TRIES = 5
CONFIRM_LINK_LIFE = timedelta(days=30)
OWN_PAGE_LIFE = timedelta(days=365)
UNSUBSCRIBE_LIFE = timedelta(days=3650)
THANKS_LIFE = timedelta(hours=24)
REMINDER_AFTER = timedelta(hours=24)
WORDS_OF_UNCONFIRMED = timedelta(days=7)
LIFE_OF_UNCONFIRMED = timedelta(days=30)
WORDS_AFTER_END = timedelta(days=28)
NETWORK_LIFE = timedelta(days=30)
MAILS_TO_ONE_ADDRESS = 5  # in 24 hours (trust.md E25)
MENDS = 3  # of one letter's address
LONGEST_WORDS = 5000  # characters: about two pages


@dataclass(frozen=True, slots=True)
class Rules:
    """How acts are carried out here."""

    organisation: Organisation
    base_url: str
    mail_domain: str
    letter_wait: timedelta
    limits: bool
    spares_offices: bool = False  #: usual caps and office hours, where offices are real

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        """Return the rules that the settings come to."""
        return cls(
            organisation=settings.organisation,
            base_url=settings.base_url,
            mail_domain=settings.mail_domain,
            letter_wait=settings.letter_wait,
            limits=settings.limits,
            spares_offices=settings.mode is Mode.PRODUCTION,
        )
