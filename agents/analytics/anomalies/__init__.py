"""Anomalies in the one-minute aggregates, each with the dimension that explains it."""
