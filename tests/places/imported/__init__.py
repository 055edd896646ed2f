"""Tests of the imported directory."""
