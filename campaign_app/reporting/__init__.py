"""Cross-room: numbers, pictures and exports."""
