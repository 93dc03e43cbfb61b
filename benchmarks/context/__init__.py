"""How well and how fast contexts are built."""
