"""Which sources are asked where a postcode lies, in the order that a setting gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from campaign_app.errors import SettingsRefused
from campaign_app.places.finder import Source

#: ``kept`` is what we were told lately; ``kept-older`` is the same table for when a service is
#: down, with answers that are still good enough.
NAMES = ("directory", "demo", "kept", "postcodes.io", "kept-older")
DEFAULT = NAMES


def chain(order: Sequence[str], *, sources: Mapping[str, Source]) -> list[Source]:
    """Return the sources in the order of their names.

    A name of NAMES that has no source here, such as ``demo`` outside the demonstration, is
    passed over. Raises SettingsRefused, in words, for any other name, for one that stands
    there twice, and when no source is left.
    """
    if unknown := [name for name in order if name not in NAMES]:
        raise _refusal(f"{', '.join(map(repr, unknown))} is no source of places")
    if len(set(order)) < len(order):
        raise _refusal("a source of places is named twice")
    if found := [sources[name] for name in order if name in sources]:
        return found
    raise _refusal("no source of places is left that could be asked")


def _refusal(why: str) -> SettingsRefused:
    return SettingsRefused(
        f"CAMPAIGN_PLACES_ORDER is wrong: {why}.",
        f"Name sources in the order to ask them, out of: {', '.join(NAMES)}.",
    )
