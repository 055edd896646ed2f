"""What somebody may type, paste or send who wishes us ill, or whose keyboard does."""

from __future__ import annotations

LONG = "x" * 10_000
HOSTILE = {
    "empty": "",
    "blank": "   ",
    "only invisible": "\u200b\u2060\ufeff",
    "10,000 characters": LONG,
    "CR and LF": "Ann\r\nBcc: everyone@example.org\r\n\r\nHello",
    "line separators": "Ann\u2028Bcc: a@example.org\u2029\x85Hello",
    "NUL": "Ann\x00Smith",
    "only NUL": "\x00",
    "controls": "\x01\x07\x0b\x0c\x1b[31m\x7f",
    "bidi": "\u202eelpmaxe\u202c \u2066x\u2069",
    "emoji": "👩🏽‍⚕️🎗️",
    "right to left": "محمد عبد الرحمن",
    "formula": "=cmd|' /C calc'!A0",
    "script": "<script>alert(1)</script>",
    "attribute": "\"><img src=x onerror=alert(1)>' autofocus onfocus=alert(1) x='",
    "template": "{{config}}",
    "statement": "{% for x in y %}{{ x }}{% endfor %}",
    "percent": "%(name)s %s {target} {0.__class__}",
    "lone surrogate": "%ED%A0%80",
    "invalid UTF-8": "%FF%FE%C0%AF",
    "overlong": "%C0%80",
    "closing": "</textarea></form><h1>Hello</h1>",
    "not a character": "\ufffe\uffff",
}
#: These are bytes already, in percent-encoding.
ENCODED = {"lone surrogate", "invalid UTF-8", "overlong"}
