"""What a worker says about itself, and what ends it when it is stuck."""
