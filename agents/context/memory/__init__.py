"""What is remembered of a learner beyond the last turns: kept, found again, corrected, forgotten."""
