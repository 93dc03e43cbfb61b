"""What the capacity model needs besides the benchmarks of speed, and the check of what it predicts."""
