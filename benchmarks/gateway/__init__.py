"""The gateway under many open streams."""
