"""Workers that take over from each other, with the standby tables that they kept."""
