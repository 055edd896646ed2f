"""Room: signatures, their counts, and how they can be trusted."""
