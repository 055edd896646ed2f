"""Tests that go through several doors: whole journeys, hostile input, logs."""
