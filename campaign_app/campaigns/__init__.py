"""Room: campaigns, their versions and texts, their news and documents."""
