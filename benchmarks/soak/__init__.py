"""Constant load for hours with a fault every few minutes: who was answered in time, and what grew."""
