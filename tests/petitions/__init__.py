"""Tests of petitions: signatures and their counts."""
