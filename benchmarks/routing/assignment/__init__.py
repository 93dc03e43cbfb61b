"""Which messages get the dear provider while money and rate limits bind: ways to decide it, side by side."""
