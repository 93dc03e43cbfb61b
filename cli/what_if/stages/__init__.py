"""Each stage once more, on one learner at a time, with what it learned of others where it learns of others."""
