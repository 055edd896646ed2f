"""Tests that compare what we carry with the reference data beside the project."""
