"""Templates: what is missing is an error, and what people write cannot do harm."""

from __future__ import annotations

import pytest
from flask import Flask, render_template_string
from jinja2 import StrictUndefined, UndefinedError
from markupsafe import Markup

from campaign_app.web.markdown import rendered

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_name_that_is_not_there_is_an_error(app: Flask) -> None:
    assert app.jinja_env.undefined is StrictUndefined
    with app.test_request_context(), pytest.raises(UndefinedError):
        render_template_string("{{ nobody_gave_this }}")


def test_what_is_printed_is_escaped(app: Flask) -> None:
    with app.test_request_context():
        page = render_template_string("{{ words }}", words="<b>&'\"")

    assert page == "&lt;b&gt;&amp;&#39;&#34;"


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[press](javascript:alert(1))",
        "[press](JaVaScRiPt:alert(1))",
        "[press](&#106;avascript:alert(1))",
        "[press](data:text/html,<script>alert(1)</script>)",
        "[press](vbscript:x)",
        "![picture](https://tracker.example/p.gif)",
        "<a href='https://example.org' onclick='alert(1)'>x</a>",
        "<style>p{}</style>",
        "<iframe src=https://example.org></iframe>",
        "<svg/onload=alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        '<https://example.org/" onmouseover="alert(1)>',
    ],
)
def test_markdown_can_do_no_harm(words: str, database_url: str) -> None:
    html = str(rendered(words))

    for tag in ("<script", "<img", "<style", "<iframe", "<svg", "<button", "<form"):
        assert tag not in html.lower()
    for link in ("javascript:", "data:", "vbscript:"):
        assert f'href="{link}' not in html.lower()
    assert not [part for part in html.split("<")[1:] if " on" in part.split(">")[0].lower()]


def test_markdown_draws_what_staff_need(database_url: str) -> None:
    html = rendered("## Head\n\n- *one*\n- **two**\n\n[ring](tel:+44123) <mailto:a@example.org>")

    assert isinstance(html, Markup)
    for piece in ("<h2>Head</h2>", "<em>one</em>", "<strong>two</strong>", 'href="tel:+44123"'):
        assert piece in html
