"""Each way in which a provider fails, and what the router makes of it."""
