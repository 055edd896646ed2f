"""Benchmarks: one command each; only ratios within one run are claimed."""
