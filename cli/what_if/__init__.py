"""`masterx what-if`: recorded traffic once more, through changed settings, beside the live system."""
