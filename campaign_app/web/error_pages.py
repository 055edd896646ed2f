"""The one place where errors become HTTP: friendly words, never a stack."""

from __future__ import annotations

import logging
from typing import NamedTuple

from flask import Flask, Response, make_response, render_template
from flask_babel import gettext, lazy_gettext
from werkzeug.exceptions import HTTPException, InternalServerError

from campaign_app.errors import (
    CampaignError,
    InvalidInput,
    NotFound,
    PlacesUnavailable,
    TooMany,
    WrongState,
)

log = logging.getLogger("campaign.errors")


class Words(NamedTuple):
    """What a person reads on an error page."""

    heading: str
    message: str
    what_next: tuple[str, ...] = ()


_ = lazy_gettext

WORDS = {
    400: Words(
        _("We could not read that"),
        _("Something in the form did not arrive as it should."),
        (_("Go back, check what you typed, and try again."),),
    ),
    403: Words(
        _("That did not come from our page"),
        _("For your safety we only take forms that were sent from our own pages."),
        (_("Open the campaign again and send the form from there."),),
    ),
    404: Words(
        _("We cannot find that page"),
        _("The address may have a slip in it, or the page may have moved."),
        (_("Check the address, or start from our campaigns."),),
    ),
    405: Words(
        _("That page cannot be used that way"),
        _("The page is there, but not for this."),
        (_("Go back and use the buttons on the page."),),
    ),
    413: Words(
        _("That is more than we can take"),
        _("What you sent is too long for us to read."),
        (_("Go back, make your text shorter, and send it again."),),
    ),
    415: Words(
        _("We could not read that"),
        _("What was sent is not a form from our pages."),
        (_("Open the campaign again and send the form from there."),),
    ),
    429: Words(
        _("Too many tries"),
        _("There have been too many tries in a short time."),
        (_("Please wait ten minutes, then try again. Nothing you did is lost."),),
    ),
    500: Words(
        _("Sorry, something went wrong"),
        _("The fault is ours, not yours. We have made a note of it."),
        (_("Go back and try again in a few minutes. Your browser should still hold your words."),),
    ),
    503: Words(
        _("We cannot do that just now"),
        _("Something that we need is not working at the moment."),
        (_("Please try again in a few minutes."),),
    ),
}

STATUS = (
    (NotFound, 404),
    (TooMany, 429),
    (InvalidInput, 400),
    (WrongState, 409),
    (PlacesUnavailable, 503),
)


def install(app: Flask) -> None:
    """Answer every error with a page."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CampaignError, _ours)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    page = _page(status, WORDS.get(status) or WORDS[500 if status >= 500 else 400])
    # Allow and Retry-After belong to the answer; the body of the exception does not.
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "Location"}:
            page.headers[name] = value
    return page


def _ours(error: CampaignError) -> Response:
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
    heading = (WORDS.get(status) or WORDS[400]).heading
    words = Words(heading, gettext(error.message), (gettext(error.what_next),))
    page = _page(status, words)
    if isinstance(error, TooMany):
        page.headers["Retry-After"] = str(int(error.retry_after.total_seconds()))
    if status >= 500:
        log.error("refused", exc_info=error)
    return page


def _unexpected(error: Exception) -> Response:
    log.error("unexpected", exc_info=error)
    return _page(InternalServerError.code or 500, WORDS[500])


def _page(status: int, words: Words) -> Response:
    page = make_response(render_template("errors/error.html", status=status, **words._asdict()))
    page.status_code = status
    page.headers["Cache-Control"] = "no-store"
    return page
