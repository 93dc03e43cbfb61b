"""The gateway's producer and readers."""
