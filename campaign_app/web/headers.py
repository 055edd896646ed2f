"""The headers of every page (OWASP ASVS 5.0 3.4) and what a browser may keep."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, request

from campaign_app.settings import Settings

#: One constant policy: a nonce in a page that may be cached would stop its scripts.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self'; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "media-src 'self'; "
    "manifest-src 'self'; "
    "form-action 'self'; "
    "frame-ancestors 'none'; "
    "base-uri 'none'; "
    "object-src 'none'"
)

ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TRANSPORT = {
    "Strict-Transport-Security": f"max-age={int(timedelta(days=730).total_seconds())}; "
    "includeSubDomains"
}


def install(app: Flask, settings: Settings) -> None:
    """Put the headers on every response."""
    constant = ALWAYS | (TRANSPORT if settings.base_url.startswith("https:") else {})

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in constant.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def cached_by_all(response: Response) -> Response:
    """Let anyone keep this page for a moment; it holds nothing about its visitor."""
    response.headers["Cache-Control"] = (
        "public, max-age=2, stale-while-revalidate=30, stale-if-error=300"
    )
    response.add_etag()
    response.make_conditional(request)
    # The server dates each answer itself; a second date would be that of the kept page.
    response.headers.pop("Date", None)
    return response


def behind_a_link(response: Response) -> Response:
    """Mark a page behind an emailed link: kept nowhere, its address told to nobody.

    The referrer policy is same-origin because with no-referrer Chromium sends
    ``Origin: null`` on the page's own forms, and the guard would refuse them.
    """
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
