"""Workers that take over from each other, and their tables."""
