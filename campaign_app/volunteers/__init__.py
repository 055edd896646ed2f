"""Room: people who offered to help."""
