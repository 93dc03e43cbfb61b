"""The demo, run many times in a row."""
