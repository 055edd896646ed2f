"""Signers for wrk: each request a new person from another network, and what came of them."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.load import CONNECTIONS, SECONDS, _wait_for_idle
from campaign_app.places.directory import DemoDirectory

PEOPLE = """
math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 100000)
local base = math.random(1, 1000000000)
local n = 0
local postcodes = {POSTCODES}
local confirming = {CONFIRMING}
local tokens = {}
local headers = {["Content-Type"] = "application/x-www-form-urlencoded",
                 ["Sec-Fetch-Site"] = "same-origin"}
function request()
  if confirming and #tokens > 0 then
    local token = table.remove(tokens)
    headers["X-Forwarded-For"] = "10.1.1.1"
    return wrk.format("POST", "/bench/confirm/" .. token, headers, "")
  end
  n = n + 1
  headers["X-Forwarded-For"] = math.random(1, 223) .. "." .. math.random(0, 255) .. "." ..
    math.random(0, 255) .. "." .. math.random(1, 254)
  local body = "first_name=Ann&last_name=Example&country=&website=&consent_email=yes" ..
    "&email=p" .. base .. "x" .. n .. "%40gmail.com&postcode=" ..
    postcodes[math.random(#postcodes)]
  return wrk.format("POST", "/bench/petition-" .. math.random(1, {PETITIONS}) .. "/sign",
                    headers, body)
end
if confirming then
  function response(status, answered)
    if answered["X-Confirm"] then table.insert(tokens, answered["X-Confirm"]) end
  end
end
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run of wrk reached."""

    rate: float
    p50: float  #: milliseconds
    p99: float
    answers: int


def script(folder: Path, *, petitions: int = 1, confirming: bool = False) -> Path:
    """Write the people into a file for wrk."""
    postcodes = [str(one).replace(" ", "+") for one in DemoDirectory().postcodes()]
    listed = "{" + ", ".join(f'"{one}"' for one in postcodes) + "}"
    filled = PEOPLE.replace("{POSTCODES}", listed).replace("{PETITIONS}", str(petitions))
    path = folder / f"people-{petitions}-{confirming}.lua"
    path.write_text(filled.replace("{CONFIRMING}", str(confirming).lower()))
    return path


def sign_run(url: str, people: Path) -> Ran:
    """Let people sign for a few seconds; a wrong answer ends the benchmark."""
    _wait_for_idle()
    shown = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s", people, url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in shown or "Socket errors" in shown:
        sys.exit(f"Wrong answers from {url}:\n{shown}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", shown)
    answers = re.search(r"(\d+) requests in", shown)
    return Ran(
        rate=float(rate[1]) if rate else 0.0,
        p50=_latency(shown, "50%"),
        p99=_latency(shown, "99%"),
        answers=int(answers[1]) if answers else 0,
    )


def _latency(shown: str, which: str) -> float:
    found = re.search(rf"{which}\s+([\d.]+)(us|ms|s)", shown)
    if found is None:
        return 0.0
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]
