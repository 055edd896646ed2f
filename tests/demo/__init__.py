"""Tests of the demonstration's door."""
