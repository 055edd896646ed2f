"""Logs: one JSON line for each thing that happened, with ids and never a person's data.

Paths carry tokens and queries carry anything, so requests are named by endpoint; of an
exception only its class and the places in our code are kept, because messages can carry
what someone typed.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TypeAlias

from flask import Flask, Response, g, request

from campaign_app.settings import Mode, Settings
from campaign_app.vault.tokens import random_id

OURS = "campaign_app"
ABOUT_A_REQUEST = "Invalid request"  #: how gunicorn's line about one begins
ExceptionParts: TypeAlias = (
    tuple[type, BaseException, TracebackType | None] | tuple[None, None, None]
)
KNOWN_FIELDS = ("request", "endpoint", "method", "status", "ms", "message_id", "letter", "state")


class JsonLines(logging.Formatter):
    """One JSON object a line; only named fields and no exception's own words."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            "event": _event(record),
        }
        line |= {name: getattr(record, name) for name in KNOWN_FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _places(record.exc_info[2])
        return json.dumps(line, default=str)


def _event(record: logging.LogRecord) -> str:
    """Return the words of a record; of other people's only those that are always the same.

    A server's words about a request that failed hold its path, and a path can hold a token.
    """
    ours = record.name == OURS or record.name.startswith(f"{OURS}.")
    if ours or not (record.exc_info or str(record.msg).startswith(ABOUT_A_REQUEST)):
        return record.getMessage()
    if isinstance(record.msg, str):
        return record.msg.partition(" from ")[0]
    return type(record.msg).__name__


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-6:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]


class Application(Flask):
    """Flask, but for an error's path, which it would write into the log."""

    def log_exception(self, exc_info: ExceptionParts) -> None:
        """Note an error that even our error page could not be made for."""
        logging.getLogger("campaign_app.errors").error("unexpected", exc_info=exc_info)


def to_stderr() -> None:
    """Send every log of ours to standard error as JSON lines, once."""
    logger = logging.getLogger(OURS)
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False


def install(app: Flask, settings: Settings) -> None:
    """Log each request by its endpoint, and send logs to standard error outside tests."""
    log = logging.getLogger("campaign_app.requests")
    logging.getLogger(OURS).setLevel(logging.INFO)
    if settings.mode is not Mode.TEST:
        to_stderr()

    @app.before_request
    def _start() -> None:
        g.request_id = random_id()
        g.started = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        log.info("request", extra=_facts(response))
        return response


def _facts(response: Response) -> dict[str, Any]:
    started = g.get("started", time.perf_counter())
    return {
        "request": g.get("request_id"),
        "endpoint": request.endpoint or "none",
        "method": request.method,
        "status": response.status_code,
        "ms": round((time.perf_counter() - started) * 1000, 1),
    }
