"""The guard of anonymous forms: no cookie, so it asks where a POST comes from.

Sec-Fetch-Site when present must be same-origin; an Origin when present must be ours;
when neither is there, the page's token decides (decision 0006).
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import Forbidden, UnsupportedMediaType

from campaign_app import clock
from campaign_app.settings import Settings
from campaign_app.vault import tokens

TOKEN_LIFE = timedelta(hours=24)
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class Verdict(Enum):
    """What the guard makes of a form."""

    WELCOME = "welcome"
    STALE = "stale"  #: come back with the typed words and a fresh page


def check_form(campaign: str) -> Verdict:
    """Look at the current POST.

    Raises Forbidden when it comes from another site and UnsupportedMediaType when it is
    no form at all; answers STALE when only an old token speaks for it.
    """
    _refuse_other_types()
    if vouched_for():
        return Verdict.WELCOME
    token = request.form.get("page_token", "")
    holds = tokens.page_token_holds(token, campaign, now=clock.now(), life=TOKEN_LIFE)
    return Verdict.WELCOME if holds else Verdict.STALE


def check_link_form() -> None:
    """Look at a POST behind an emailed link, whose token in the address is its own proof.

    Raises Forbidden and UnsupportedMediaType as ``check_form`` does.
    """
    _refuse_other_types()
    vouched_for()


def _refuse_other_types() -> None:
    # A form without fields may come without a type, but then it comes without a body too.
    if request.mimetype not in FORM_TYPES and (request.mimetype or request.content_length):
        raise UnsupportedMediaType


def vouched_for() -> bool:
    """Return whether the browser's own headers vouch for the form.

    Raises Forbidden when they say that it comes from elsewhere.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site not in {None, "same-origin"} or (origin is not None and origin not in _ours()):
        raise Forbidden
    return site is not None or origin is not None


def _ours() -> set[str]:
    """Return the origins that are this site.

    The host that was asked counts too: a page of another site cannot make a browser
    send our Host with its Origin, and a demonstration is opened as localhost as well.
    """
    settings: Settings = current_app.extensions["campaign_settings"]
    parts = urlsplit(settings.base_url)
    # Browsers send an origin in small letters, however the setting is written.
    return {f"{parts.scheme}://{parts.netloc}".lower(), f"{request.scheme}://{request.host}"}
