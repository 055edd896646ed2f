"""Tests that need the real list of MPs beside the project; run by make test-shared."""
