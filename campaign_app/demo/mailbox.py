"""The demonstration's mailbox: every message that would have left, to read as it was sent."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template
from markupsafe import Markup, escape

from campaign_app.gateways import mailbox
from campaign_app.settings import Settings
from campaign_app.web.headers import behind_a_link

pages = Blueprint("mailbox", __name__)

_LINK = re.compile(r"https?://[^\s<>\"]+")


def _folder() -> Path:
    settings: Settings = current_app.extensions["campaign_settings"]
    return settings.mailbox


@pages.get("/demo/mailbox")
def index() -> Response:
    """Show the caught messages, newest first."""
    caught = mailbox.caught(_folder())
    return behind_a_link(make_response(render_template("demo/mailbox.html", mails=caught)))


@pages.get("/demo/mailbox.json")
def listed() -> Response:
    """List the caught messages for scripts."""
    return jsonify(
        [
            {
                "id": mail.id,
                "to": mail.to,
                "from": mail.from_,
                "subject": mail.subject,
                "sent_at": mail.sent_at.isoformat(),
            }
            for mail in mailbox.caught(_folder())
        ]
    )


@pages.get("/demo/mailbox/<mail_id>.eml")
def raw(mail_id: str) -> Response:
    """Give one message as it would have left, byte for byte."""
    answer = make_response(mailbox.raw(_folder(), mail_id))
    answer.headers["Content-Type"] = "message/rfc822"
    answer.headers["Content-Disposition"] = f'attachment; filename="{mail_id}.eml"'
    return behind_a_link(answer)


@pages.get("/demo/mailbox/<mail_id>")
def read(mail_id: str) -> Response:
    """Show one message as a reader's program would, with links that can be pressed."""
    mail = mailbox.parsed(mailbox.raw(_folder(), mail_id))
    part = mail.get_body(("plain",))
    page = render_template(
        "demo/mail.html",
        mail=mail,
        mail_id=mail_id,
        text=_with_links(part.get_content() if part else ""),
    )
    return behind_a_link(make_response(page))


def _with_links(text: str) -> Markup:
    """Return text safe for a page, in which web addresses are links and nothing else is."""
    pieces, start = [Markup()], 0
    for found in _LINK.finditer(text):
        link = escape(found[0])
        pieces += [
            escape(text[start : found.start()]),
            Markup('<a href="{0}">{0}</a>').format(link),
        ]
        start = found.end()
    return Markup().join([*pieces, escape(text[start:])])
