"""Acts: what a supporter does, one module each."""
