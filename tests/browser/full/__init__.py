"""Slow crawls of every page, for make test-all."""
