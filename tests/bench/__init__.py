"""Tests of the benchmarks: their figures are for people, their answers are checked here."""
