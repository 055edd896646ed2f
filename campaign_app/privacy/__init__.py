"""Cross-room: complaints, rights and retention."""
