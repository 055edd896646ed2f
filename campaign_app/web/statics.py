"""Static files: an address that changes with the content may be kept for good."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request, send_from_directory

FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"


def install(app: Flask, folder: Path) -> None:
    """Serve the folder under /static/ and give templates ``static_url``."""

    @lru_cache(maxsize=256)
    def version(name: str) -> str:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]

    @app.get("/static/<path:name>")
    def static(name: str) -> Response:
        response = send_from_directory(folder, name)
        versioned = request.args.get("v") == version(name)
        response.headers["Cache-Control"] = FOR_GOOD if versioned else ASK_AGAIN
        return response

    app.jinja_env.globals["static_url"] = lambda name: f"/static/{name}?v={version(name)}"
