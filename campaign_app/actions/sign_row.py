"""What a signature writes, as plain values: the same for both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaign_app import clock
from campaign_app.actions.rules import MAILS_TO_ONE_ADDRESS
from campaign_app.actions.sign_fields import SignForm
from campaign_app.petitions.holds import HOUR, MINUTE, PER_HOUR, PER_MINUTE
from campaign_app.petitions.life import Petition
from campaign_app.petitions.rows import DIRECT, ONLINE, rows_of
from campaign_app.places.answers import Answer
from campaign_app.supporters.addresses import standing
from campaign_app.supporters.consents import Choice
from campaign_app.supporters.models import ConsentKind, DomainStanding
from campaign_app.vault.tokens import random_id

CONFIRM = "confirm_signature"
ALREADY = "already_signed"
DAY = timedelta(hours=24)
#: Mails to one address that are sent or wait; whatever comes after them is not sent at all, but
#: any of their links lets the owner of the address choose among all signatures made with it.
MAILS_AT_MOST = 2 * MAILS_TO_ONE_ADDRESS

TRAP = "trap"
THROWAWAY = "throwaway_domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOccasion:
    """How and when a form came: what limits, holds and the ledger need to know.

    ``hold`` is a door's own reason to hold the signature, such as a proof of work that was
    asked for and not given.
    """

    network: bytes
    traffic_source: str | None
    notice_id: int
    page: str
    lang: str
    now: datetime
    hold: str | None = None


def row_of(
    form: SignForm, place: Answer | None, petition: Petition, occasion: SignOccasion
) -> dict[str, Any]:
    """Return the values of a signature's row that do not depend on other rows."""
    return {
        "public_id": random_id(),
        "subject_id": random_id(),
        "campaign_id": petition.id,
        "version_id": petition.version_id,
        "notice_id": occasion.notice_id,
        "lang": occasion.lang,
        "first_name": form.first_name,
        "last_name": form.last_name,
        "email": form.address.written,
        "email_domain": form.address.domain,
        "email_key": form.address.key,
        "person_key": form.person_key,
        "postcode": form.postcode,
        "postcode_key": form.postcode_key,
        "created_at": occasion.now,
        "code_issued_at": occasion.now,
        "nation": place.nation.value if place and place.nation else None,
        "pcon": place.pcon if place else None,
        "alliance": place.alliance if place else None,
        "council": place.council if place else None,
        "outcode": form.outcode,
        "place_source": place.source if place else None,
        "country": form.country,
        "traffic_source": occasion.traffic_source,
        "network_key": occasion.network,
    }


def terms_of(
    form: SignForm,
    row: dict[str, Any],
    petition: Petition,
    occasion: SignOccasion,
    *,
    limits: bool,
    mail_domain: str,
) -> dict[str, Any]:
    """Return what decides about the row, and what is written beside it."""
    known = standing(form.address.domain)
    counted = rows_of(row["nation"], row["pcon"], row["alliance"], row["country"])
    message_id = random_id()
    return {
        "hold": occasion.hold or (hold_reason(form, known) if limits else None),
        # An address that nobody proved only counts at once where proving is the rule of its host.
        "at_once": petition.counts_at_once and known is DomainStanding.KNOWN,
        "limits": limits,
        "per_minute": PER_MINUTE,
        "per_hour": PER_HOUR,
        "minute_ago": occasion.now - MINUTE,
        "hour_ago": occasion.now - HOUR,
        "mails_a_day": MAILS_TO_ONE_ADDRESS,
        "mails_at_most": MAILS_AT_MOST,
        "day_ago": occasion.now - DAY,
        "day": clock.london_date(occasion.now),
        "count_kind": ONLINE,
        "nation_row": counted.nation,
        "pcon_row": counted.pcon,
        "alliance_row": counted.alliance,
        "source_row": row["traffic_source"] or DIRECT,
        "message_id": message_id,
        "mail_id": f"{message_id}@{mail_domain}",
        "page": occasion.page,
    }


def hold_reason(form: SignForm, known: DomainStanding | None) -> str | None:
    """Return why a form is held whatever else is true, or None."""
    if form.trapped:
        return TRAP
    thrown_away = known in {DomainStanding.THROWAWAY, DomainStanding.BLOCKED}
    return THROWAWAY if thrown_away else None


def consents_of(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """Return the consent events of the questions that were answered."""
    return [
        {
            "kind": (ConsentKind.GIVEN if choice.granted else ConsentKind.REFUSED).value,
            "channel": choice.channel.value,
            "purpose": choice.purpose.value,
            "basis": choice.basis.value,
            "wording_id": choice.wording_id,
        }
        for choice in choices
        if choice.granted is not None
    ]
