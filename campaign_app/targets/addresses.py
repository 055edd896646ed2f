"""Email addresses of targets: a strict rule of our own.

Supporters' addresses go through email-validator, which refuses ``.invalid``; the targets of
a demonstration use it on purpose, so that no mail to them can ever leave.
"""

from __future__ import annotations

import re

from campaign_app.errors import InvalidInput

LONGEST = 254  #: Characters of a whole address: RFC 5321 section 4.5.3.1, less the brackets.
LONGEST_LOCAL = 64

# RFC 5322 dot-atom in ASCII; no quotes, no comments, no display name.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_LABEL}(?:\.{_LABEL})+)")


class NotAnAddress(InvalidInput):
    """The text is not one plain email address of an office."""

    message = "Enter one plain email address, like office@example.org."
    what_next = "Take out names, quotes, spaces and accents, and try again."


def target_address(text: str) -> str:
    """Return a target's email address with its domain in lower case.

    ASCII dot-atom before the @ (up to 64 characters), letters, digits and hyphens with at
    least one dot after it, 254 characters in all. Raises NotAnAddress for all else, so that
    no address can add a line or a second recipient to a mail.
    """
    match = _ADDRESS.fullmatch(text) if len(text) <= LONGEST else None
    if match is None or len(match[1]) > LONGEST_LOCAL:
        raise NotAnAddress
    return f"{match[1]}@{match[2].lower()}"
