"""The one tree of errors: each carries words for a person and what to do next."""

from __future__ import annotations

from datetime import timedelta


class CampaignError(Exception):
    """Something went wrong that a person can be told about in plain words.

    ``message`` says what happened; ``what_next`` says what the person can do.
    """

    message = "Something went wrong."
    what_next = "Please try again in a few minutes."

    def __init__(self, message: str | None = None, what_next: str | None = None) -> None:
        """Take words for this one case; without them the class's own words stand."""
        self.message = message or self.message
        self.what_next = what_next or self.what_next
        super().__init__(self.message)


class InvalidInput(CampaignError):
    """What was typed cannot be used as it is."""

    message = "Check what you typed."
    what_next = "Change it and try again."


class UnknownPostcode(InvalidInput):
    """No source knows this postcode."""

    message = "We could not find that postcode. Check it, like M20 4BX."


class PlacesUnavailable(CampaignError):
    """No source of places could answer in time."""

    message = "We cannot look up postcodes at the moment."
    what_next = "Nothing you typed is lost. Please try again in a few minutes."


class NotFound(CampaignError):
    """What the address names is not here, or not for this person."""

    message = "We cannot find that page."
    what_next = "Check the address, or start again from our campaigns."


class LinkRefused(NotFound):
    """A link is forged, cut short, or too old."""

    message = "This link does not work any more."
    what_next = "Open the newest email from us and use the link there."


class TooMany(CampaignError):
    """More was asked for than is allowed in this time."""

    message = "There have been too many tries in a short time."
    what_next = "Please wait a little, then try again."

    def __init__(self, message: str | None = None, retry_after: timedelta | None = None) -> None:
        """Say how long to wait where it is known."""
        super().__init__(message)
        self.retry_after = retry_after or timedelta(minutes=10)


class WrongState(CampaignError):
    """What was asked cannot be done in the state things are in."""

    message = "That cannot be done any more."
    what_next = "Look at the page again to see where things are."


class SettingsRefused(CampaignError):
    """A setting is missing, weak or impossible, so the start is refused."""

    message = "A setting is wrong."
    what_next = "Change the setting and start again."


class KeyMissing(CampaignError):
    """A sealed value needs a key that this process does not have."""

    message = "A key that opens personal data is missing."
    what_next = "Put the key back into CAMPAIGN_SEAL_KEYS and start again."


class LetterFault(CampaignError):
    """A letter file cannot be used."""

    message = "The letter cannot be used as it is."
    what_next = "Run `campaign letters check` and mend what it lists."


class TransientFailure(CampaignError):
    """An outside system failed in a way that may pass: try again later."""

    message = "The other side did not answer as it should."
    what_next = "It will be tried again by itself."


class FinalFailure(CampaignError):
    """An outside system refused for good: trying again would not help."""

    message = "The other side refused."
    what_next = "Look at the reason and mend it."
