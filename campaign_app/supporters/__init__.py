"""Room: supporters, what they agreed to, and whom not to contact."""
