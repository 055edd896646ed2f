"""Room: the outbox and everything that happens to a message."""
