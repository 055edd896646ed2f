"""Room: whom a campaign writes to: MPs, Cancer Alliances, ministers."""
