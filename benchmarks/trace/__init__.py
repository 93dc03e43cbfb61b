"""One message from the gateway to ClickHouse, followed by its spans on the whole system."""
