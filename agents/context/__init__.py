"""What a provider gets to see of a learner: conversation, profile, mood and long-term memory, ranked."""
