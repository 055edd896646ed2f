"""The one place where errors become HTTP: friendly words, never a stack."""

from __future__ import annotations

import logging
from typing import NamedTuple

from flask import Flask, Response, make_response, render_template
from flask_babel import gettext
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException, InternalServerError

from campaign_app.errors import (
    CampaignError,
    InvalidInput,
    NotFound,
    PlacesUnavailable,
    TooMany,
    WrongState,
)
from campaign_app.web.languages import N_

log = logging.getLogger("campaign_app.errors")


class Words(NamedTuple):
    """What a person reads on an error page."""

    heading: str
    message: str
    what_next: tuple[str, ...] = ()


WORDS = {
    400: Words(
        N_("We could not read that"),
        N_("Something in the form did not arrive as it should."),
        (N_("Go back, check what you typed, and try again."),),
    ),
    403: Words(
        N_("That did not come from our page"),
        N_("For your safety we only take forms that were sent from our own pages."),
        (N_("Open the campaign again and send the form from there."),),
    ),
    404: Words(
        N_("We cannot find that page"),
        N_("The address may have a slip in it, or the page may have moved."),
        (N_("Check the address, or start from our campaigns."),),
    ),
    405: Words(
        N_("That page cannot be used that way"),
        N_("The page is there, but not for this."),
        (N_("Go back and use the buttons on the page."),),
    ),
    409: Words(
        N_("That cannot be done any more"),
        N_("Things have moved on since this page was made."),
        (N_("Look at the page again to see where things are."),),
    ),
    413: Words(
        N_("That is more than we can take"),
        N_("What you sent is too long for us to read."),
        (N_("Go back, make your text shorter, and send it again."),),
    ),
    415: Words(
        N_("We could not read that"),
        N_("What was sent is not a form from our pages."),
        (N_("Open the campaign again and send the form from there."),),
    ),
    429: Words(
        N_("Too many tries"),
        N_("There have been too many tries in a short time."),
        (N_("Please wait ten minutes, then try again. Nothing you did is lost."),),
    ),
    500: Words(
        N_("Sorry, something went wrong"),
        N_("The fault is ours, not yours. We have made a note of it."),
        (N_("Go back and try again in a few minutes. Your browser should still hold your words."),),
    ),
    503: Words(
        N_("We cannot do that just now"),
        N_("Something that we need is not working at the moment."),
        (N_("Please try again in a few minutes."),),
    ),
}

OUR_FAULT = 500  #: statuses from here on are the server's fault
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
    app.register_error_handler(OperationalError, _without_database)
    app.register_error_handler(NoConnection, _without_database)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    page = _page(status, WORDS.get(status) or WORDS[500 if status >= OUR_FAULT else 400])
    # Allow and Retry-After belong to the answer; the body of the exception does not.
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "Location"}:
            page.headers[name] = value
    return page


def _ours(error: CampaignError) -> Response:
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
    heading = (WORDS.get(status) or WORDS[400]).heading
    words = Words(heading, error.message, (error.what_next,))
    page = _page(status, words)
    if isinstance(error, TooMany):
        page.headers["Retry-After"] = str(int(error.retry_after.total_seconds()))
    if status >= OUR_FAULT:
        log.error("refused", exc_info=error)
    return page


def _without_database(error: Exception) -> Response:
    log.error("the database does not answer", exc_info=error)
    return _page(503, WORDS[503])


def _unexpected(error: Exception) -> Response:
    log.error("unexpected", exc_info=error)
    return _page(InternalServerError.code or 500, WORDS[500])


def _page(status: int, words: Words) -> Response:
    page = make_response(
        render_template(
            "errors/error.html",
            status=status,
            heading=gettext(words.heading),
            message=gettext(words.message),
            what_next=[gettext(line) for line in words.what_next],
        )
    )
    page.status_code = status
    page.headers["Cache-Control"] = "no-store"
    return page
