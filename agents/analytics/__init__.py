"""Counts over windows of event time, for dashboards and forecasts."""
