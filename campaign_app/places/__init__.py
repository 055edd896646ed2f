"""Room: postcodes, areas, and who says which lies where."""
