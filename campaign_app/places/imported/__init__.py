"""The imported directory: every postcode of the UK in one file that all workers share."""
