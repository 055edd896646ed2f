"""The log of the web server, in the same lines as ours and without anybody's path."""

from __future__ import annotations

from gunicorn.config import Config
from gunicorn.glogging import Logger

from campaign_app.web.logs import JsonLines


class ServerLog(Logger):  # type: ignore[misc]  # Gunicorn has no annotations.
    """Gunicorn's log; its words about a request hold the path, so those are left out."""

    def setup(self, cfg: Config) -> None:
        """Write as we write."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())
