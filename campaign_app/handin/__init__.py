"""Cross-room: frozen snapshots of a petition and their pack."""
