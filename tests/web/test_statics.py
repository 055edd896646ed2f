"""Static files: an address that names the content may be kept for good."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.doors.content import PAGE
from tests.doors.person import Someone

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_every_file_that_a_page_names_is_there_and_kept_for_good(
    client: FlaskClient, someone: Someone
) -> None:
    names = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get(PAGE).text))

    assert names
    for name in names:
        answer = client.get(name)
        assert answer.status_code == 200, name
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000", "?v=x&v=y"])
def test_an_address_of_no_or_another_version_is_asked_again(
    client: FlaskClient, query: str
) -> None:
    answer = client.get(f"/static/css/site.css{query}")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize(
    "name",
    [
        "none.css",
        "../pyproject.toml",
        "..%2Fpyproject.toml",
        "css/",
        "",
        "%00",
        "css/site.css%00",
        "%2Fetc%2Fpasswd",
        "css/..%5C..%5Cx",
        "//etc/passwd",
    ],
)
def test_nothing_outside_the_folder_is_served(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/static/{name}", follow_redirects=True)

    assert answer.status_code == 404
