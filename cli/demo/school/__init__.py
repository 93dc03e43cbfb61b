"""The simulated class: learners with different knowledge, moods and habits. Pure and seeded; the clock is handed in.

Written for the demo, not fitted to data: its rules say what a tutor should notice, not how people learn.
"""
