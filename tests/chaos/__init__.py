"""Kill everything at random moments, and see that nothing is lost (make test-slow)."""
