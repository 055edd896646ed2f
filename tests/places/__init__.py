"""Tests of the room of places."""
