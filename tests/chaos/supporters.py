"""Supporters who send letters through the real pages and do not give up."""

from __future__ import annotations

import http.client
import re
import threading
import time
import urllib.parse
from collections import deque
from dataclasses import dataclass, field
from html import unescape

PATH = "/campaigns/fair-care-everywhere"
POSTCODES = ("SE1 2DL", "M1 1AD")
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
PATIENCE = 60.0  # seconds that one supporter tries before the test fails

_HIDDEN = re.compile(r'name="form_id" value="([^"]+)"')


@dataclass
class Crowd:
    """So many supporters, some at a time; each is done when their 303 has come."""

    base: str
    acts: int
    at_once: int = 4
    acknowledged: list[str] = field(default_factory=list)
    tries: int = 0
    gave_up: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = deque(range(self.acts))
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, daemon=True) for _ in range(self.at_once)
        ]

    def begin(self) -> None:
        """Let them all come."""
        for thread in self._threads:
            thread.start()

    @property
    def busy(self) -> bool:
        """Whether anybody is still at it."""
        return any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._left:
                    return
                number = self._left.popleft()
            self._act(number)

    def _act(self, number: int) -> None:
        name = name_of(number)
        deadline = time.monotonic() + PATIENCE
        form: dict[str, str] | None = None
        while time.monotonic() < deadline:
            try:
                with self._lock:
                    self.tries += 1
                form = form or self._fill(number)
                if self._send(form):
                    self.acknowledged.append(name)
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.1)
        self.gave_up.append(name)

    def _fill(self, number: int) -> dict[str, str]:
        details = {
            "postcode": POSTCODES[number % len(POSTCODES)],
            "first_name": name_of(number),
            "last_name": "Chaos",
            "email": f"act.{number}@example.org",
            "address_line_1": "14 Tower Bridge Road",
        }
        status, page = self._post("/letter", details)
        found = _HIDDEN.search(page)
        if status != 200 or found is None:
            raise http.client.HTTPException(f"no letter page: {status}")
        return details | {"form_id": unescape(found[1]), "personal_message": ""}

    def _send(self, form: dict[str, str]) -> bool:
        return self._post("/send", form)[0] == 303

    def _post(self, step: str, fields: dict[str, str]) -> tuple[int, str]:
        host = urllib.parse.urlsplit(self.base).netloc
        connection = http.client.HTTPConnection(host, timeout=20)
        try:
            connection.request("POST", PATH + step, urllib.parse.urlencode(fields), FORM)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


def name_of(number: int) -> str:
    """The first name by which an act is known in the database."""
    return f"Act{number:05d}"
