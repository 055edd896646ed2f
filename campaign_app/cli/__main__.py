"""``python -m campaign_app.cli`` is the same as ``campaign``."""

from __future__ import annotations

from campaign_app.cli import main

main()
