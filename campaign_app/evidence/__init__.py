"""Cellar: what proves what happened: wordings, append-only rows, the audit chain."""
