"""Replies given before, for questions that want the same answer: found without calling a provider."""
