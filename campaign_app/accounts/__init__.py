"""Room: staff, their roles and how they sign in."""
