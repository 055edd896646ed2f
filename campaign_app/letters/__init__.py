"""Room: letters, from their files to the row of one that was sent."""
