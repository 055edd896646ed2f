"""Names of campaigns in addresses."""

from __future__ import annotations

from werkzeug.routing import BaseConverter


class SlugConverter(BaseConverter):
    """``<slug:slug>``: small letters, digits and hyphens; anything else is no page of ours.

    What cannot be a slug never reaches the database: PostgreSQL refuses a NUL with an error.
    """

    regex = r"[a-z0-9][a-z0-9-]{0,99}"
