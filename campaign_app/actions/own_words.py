"""Own words go to a target only with the person's explicit yes to it (trust.md P18)."""

from __future__ import annotations

from collections.abc import Iterable

from campaign_app.errors import InvalidInput
from campaign_app.supporters.consents import Choice
from campaign_app.supporters.models import Channel


class WordsNotAgreed(InvalidInput):
    """There are own words and no yes to sending them."""

    message = "Tick the box if we may send your words, or take the words out."


def refuse_without_tick(choices: Iterable[Choice | None]) -> None:
    """Raise WordsNotAgreed unless one of the choices is a yes to sending own words."""
    if not any(one and one.channel is Channel.STORY and one.granted for one in choices):
        raise WordsNotAgreed
