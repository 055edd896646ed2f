"""Tests of the furniture that all doors share."""
