"""Tries to get into a running gateway, and what became of them."""
