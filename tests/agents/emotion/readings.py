"""Readings with chosen states, for tests of what follows from them."""

from agents.emotion.scorer import EmotionScores
from agents.emotion.states import STATES


def reading(valence: float = 0.0, crisis: bool = False, cant_tell: bool = False, **states: float) -> EmotionScores:
    """States that are not named are at 0.05, engagement at 0.3."""
    every = dict.fromkeys(STATES, 0.05) | {"engaged": 0.3} | states
    return EmotionScores({"neutral": 0.9}, valence, 0.0, 0.0, every, 0.8, cant_tell, crisis, "test")
