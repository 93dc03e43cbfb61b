"""Measurements of the routing stage."""
