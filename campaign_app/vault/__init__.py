"""Cellar: sealed columns, keyed hashes and signed tokens."""
