"""The campaign page, warm, against a bare Flask hello on the same server (G4, ``make bench-page``).

Also compares an early answer with the full one, byte for byte and header for header.
"""

from __future__ import annotations

import http.client
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from bench.load import interleaved, require_wrk
from bench.servers import gunicorn

PAGES = ("/campaigns/fair-care-everywhere", "/")
GOAL = 0.80
FILL = "import campaign_app.demo.content as c"


def main() -> None:
    """Measure, print, and exit 1 when a goal is missed."""
    require_wrk()
    with tempfile.TemporaryDirectory() as folder:
        environ = _environ(Path(folder))
        _fill(environ)
        with (
            gunicorn("bench.hello:app", {}, "/") as hello,
            gunicorn("campaign_app:create_app()", environ, "/readyz") as site,
        ):
            compared = [_early_answer_is_the_full_one(site, page) for page in PAGES]
            rates = interleaved({"hello": f"{hello}/", **{page: site + page for page in PAGES}})
    sys.exit(0 if _report(rates) and all(compared) else 1)


def _environ(folder: Path) -> dict[str, str]:
    return {
        "CAMPAIGN_MODE": "demo",
        "CAMPAIGN_DATABASE_URL": f"sqlite:///{folder}/campaign.db",
        "CAMPAIGN_UPLOADS": f"{folder}/uploads",
        "CAMPAIGN_BASE_URL": "http://127.0.0.1",
    }


def _fill(environ: dict[str, str]) -> None:
    import flask_migrate  # noqa: PLC0415 - the bench's own process needs no app before this.

    from campaign_app import clock, create_app  # noqa: PLC0415 - as above.
    from campaign_app.database import transaction  # noqa: PLC0415 - as above.
    from campaign_app.demo.content import fill  # noqa: PLC0415 - as above.
    from campaign_app.settings import Settings  # noqa: PLC0415 - as above.

    settings = Settings.from_env(environ)
    with create_app(settings).app_context():
        flask_migrate.upgrade()
        with transaction() as session:
            fill(session, settings, clock.now())


def _early_answer_is_the_full_one(base: str, path: str) -> bool:
    """Ask until the same process has answered fully and early, and compare the two."""
    time.sleep(1.2)
    answers = [_answer(base, path) for _ in range(12)]
    equal = len(set(answers)) == 1
    print(f"{path}: {len(answers)} answers, full and early, {'equal' if equal else 'DIFFER'}")
    return equal


def _answer(base: str, path: str) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    parts = urlsplit(base)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    headers = tuple((name, value) for name, value in response.getheaders() if name != "Date")
    body = response.read()
    connection.close()
    return response.status, headers, body


def _report(rates: dict[str, float]) -> bool:
    good = True
    for name, rate in rates.items():
        ratio = rate / rates["hello"]
        reached = name == "hello" or ratio >= GOAL
        good = good and reached
        goal = (
            "" if name == "hello" else f" (goal {GOAL:.2f}: {'reached' if reached else 'MISSED'})"
        )
        print(f"{name:40} {rate:10.0f}/s  {ratio:5.2f} of hello{goal}")
    return good


if __name__ == "__main__":
    main()
