"""One message, followed through the system by its spans."""
