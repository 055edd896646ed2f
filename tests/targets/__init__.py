"""Tests of the room of targets."""
