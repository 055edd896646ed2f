"""The house checks find what they are there to find."""

from __future__ import annotations

import pytest
from flask import Flask, Response
from werkzeug.test import TestResponse

from campaign_app.web.headers import CONTENT_SECURITY_POLICY
from tests.pages import check_page

GOOD = (
    "<!doctype html><html lang=en><head><title>Write to your MP</title></head><body>"
    "<h1>Write</h1><form action=/send method=post><label for=name>Name</label>"
    "<input id=name name=name>{more}</form></body></html>"
)


def page_with(
    more: str = "", *, html: str = GOOD, policy: str = CONTENT_SECURITY_POLICY, cookie: bool = False
) -> TestResponse:
    app = Flask("a page to be checked")

    @app.get("/")
    def page() -> Response:
        response = Response(html.replace("{more}", more), mimetype="text/html")
        response.headers["Content-Security-Policy"] = policy
        if cookie:
            response.set_cookie("visitor", "1")
        return response

    return app.test_client().get("/")


def test_a_good_page_passes() -> None:
    page = check_page(page_with("<button>Send</button><a href=https://example.org/>More</a>"))

    assert [heading.text for heading in page.all("h1")] == ["Write"]


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ("<h1>Again</h1>", "there are 2 h1"),
        ("<p id=name>Twice</p>", "the id 'name' stands 2 times"),
        ("<input name=email>", "the field 'email' has no label"),
        ("<input name=email aria-describedby=gone>", "'gone' names nothing"),
        ("<button name=go></button>", "the button 'go' has no words"),
        ("<p style='color:red'>Loud</p>", "<p> has style="),
        ("<p onclick='go()'>Press</p>", "<p> has onclick="),
        ("<script>go()</script>", "inline script"),
        ("<style>p {}</style>", "inline style"),
        ("<img alt='' src=//cdn.example.org/a.png>", "<img> asks another host"),
        ("<img alt='' srcset='/a.png 1x, https://example.org/b.png 2x'>", "asks another host"),
        ("</div>", "line 1"),
    ],
)
def test_a_fault_in_the_page_is_named(more: str, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        check_page(page_with(more))


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        (GOOD.replace("Write to your MP", ""), "there is no title"),
        (GOOD.replace(" lang=en", ""), "html has no lang"),
        (GOOD.removeprefix("<!doctype html>"), "does not begin with <!doctype html>"),
    ],
)
def test_a_fault_in_the_frame_is_named(html: str, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        check_page(page_with(html=html))


@pytest.mark.parametrize(
    ("policy", "fault"),
    [
        ("", "no default-src"),
        (CONTENT_SECURITY_POLICY + "; script-src 'unsafe-inline'", "unsafe"),
        (CONTENT_SECURITY_POLICY + "; script-src 'nonce-abc'", "constant one"),
        (CONTENT_SECURITY_POLICY + "; img-src https://cdn.example.org", "trusts another host"),
    ],
)
def test_a_fault_in_the_policy_is_named(policy: str, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        check_page(page_with(policy=policy))


def test_a_cookie_is_for_staff_pages_only() -> None:
    with pytest.raises(AssertionError, match="sets a cookie"):
        check_page(page_with(cookie=True))

    check_page(page_with(cookie=True), public=False)
