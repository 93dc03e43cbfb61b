"""How long a worker without its table store takes to restore the profiles from their changelog."""
