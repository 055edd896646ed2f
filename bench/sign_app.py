"""The sign path under measurement, on the thinnest possible door: guard, parse, place, sign, 303.

Fixed apps for comparison: ``without_database`` does all of the view's Python and writes nothing,
``unsealed`` writes personal columns in the clear.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from flask import Flask, Response, redirect, request
from sqlalchemy import Engine

from campaign_app import clock, create_app
from campaign_app.actions import sign_petition, sign_postgres, sign_sqlite, signature_links
from campaign_app.actions.confirm_signature import confirm_by_link
from campaign_app.actions.rules import Rules
from campaign_app.actions.sign_fields import SignForm, read_form
from campaign_app.actions.sign_row import SignOccasion
from campaign_app.database import db
from campaign_app.petitions.life import Petition
from campaign_app.places.directory import DemoDirectory
from campaign_app.places.finder import find_place
from campaign_app.settings import Settings
from campaign_app.supporters.consents import Choice
from campaign_app.supporters.models import Basis, Channel, Purpose
from campaign_app.vault import tokens
from campaign_app.web.guard import Verdict, check_form
from campaign_app.web.network import visitor_network

SOURCES = (DemoDirectory(),)


def full() -> Flask:
    """Return the app with the whole path."""
    app = create_app(Settings.from_env(os.environ))
    rules = Rules.of(app.extensions["campaign_settings"])

    @app.post("/bench/<slug>/sign")
    def sign(slug: str) -> Any:  # noqa: ANN401 - a response.
        if check_form(slug) is not Verdict.WELCOME:
            return Response(status=400)
        form = read_form(request.form, countries=True)
        return _sign(slug, form, rules) if isinstance(form, SignForm) else Response(status=422)

    @app.post("/bench/confirm/<token>")
    def confirm(token: str) -> Any:  # noqa: ANN401 - a response.
        confirm_by_link(token, clock.now())
        return redirect("/thanks", code=303)

    return app


def without_database() -> Flask:
    """Return the same app, which stops where the database would begin."""
    for way in (sign_postgres, sign_sqlite):
        setattr(way, "write", _write_nothing)  # noqa: B010 - a fixed app, made of the real one.
    return full()


def unsealed() -> Flask:
    """Return the same app, which writes personal columns as they are."""
    setattr(sign_postgres, "seal", _in_the_clear)  # noqa: B010 - a fixed app likewise.
    return full()


def _in_the_clear(text: str, _place: str) -> bytes:
    return text.encode()


def _write_nothing(
    _engine: Engine,
    row: dict[str, Any],
    terms: dict[str, Any],
    consents: Sequence[dict[str, Any]],
) -> None:
    sign_postgres.parameters(row, terms, consents)


@cache
def _petition(slug: str) -> Petition:
    return sign_petition.petition_by_slug(db.session(), slug)


def _sign(slug: str, form: SignForm, rules: Rules) -> Any:  # noqa: ANN401 - a response.
    now = clock.now()
    place = find_place(form.place, sources=SOURCES, now=now) if form.place else None
    signed = sign_petition.sign(
        form,
        place=place,
        petition=_petition(slug),
        choices=CHOICES[form.contact],
        occasion=SignOccasion(
            network=visitor_network(),
            traffic_source=None,
            notice_id=1,
            page="petition",
            lang="en",
            now=now,
        ),
        rules=rules,
    )
    token = signature_links.thanks(signed.public_id, now)
    answer = redirect(f"/campaigns/{slug}/thank-you?signature={token}", code=303)
    if os.environ.get("BENCH_PAIRS"):
        answer.headers["X-Confirm"] = _confirm_token(form, signed.public_id)
    return answer


def _confirm_token(form: SignForm, public_id: str) -> str:
    """Return the token that the mail would carry; only a benchmark hands it out."""
    bound_to = signature_links.bound(signature_links.CONFIRM, form.address.key, 0)
    life = signature_links.LIVES[signature_links.CONFIRM]
    return tokens.sign(
        signature_links.CONFIRM, public_id, expires=clock.now() + life, bound_to=bound_to
    )


def _asked(granted: bool | None) -> tuple[Choice, ...]:  # noqa: FBT001 - an answer.
    told = Choice(Channel.ANY, Purpose.PROFILING, granted, 1, basis=Basis.LEGITIMATE_INTEREST)
    return (Choice(Channel.EMAIL, Purpose.UPDATES, granted, 1), told)


CHOICES = {granted: _asked(granted) for granted in (True, False, None)}

APPS: dict[str, Callable[[], Flask]] = {
    "full": full,
    "without_database": without_database,
    "unsealed": unsealed,
}
