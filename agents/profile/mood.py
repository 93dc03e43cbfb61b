"""The learner's emotion baseline. It colours how things are explained; no estimate of ability reads it."""

from typing import Any

from agents.profile.state import ProfileState
from schemas.readings import OFF

WEIGHT = 0.1
"""Of a new reading once ten have been seen; before that the baseline is their plain mean."""


def note_reading(state: ProfileState, emotion: dict[str, Any]) -> None:
    """Move the baseline by one EmotionReading; readings that say nothing leave it as it is, and one that says that
    scoring is off ends it: it would colour what comes next for ever."""
    if emotion["model"] == OFF:
        state.mood, state.mood_n = {}, 0
        return
    if emotion["cant_tell"] or not emotion["states"]:
        return
    state.mood_n += 1
    weight = max(WEIGHT, 1.0 / state.mood_n)
    mood = state.mood
    for name, value in (*emotion["states"].items(), ("valence", emotion["valence"])):
        before = mood.get(name)
        mood[name] = round(value if before is None else before + weight * (value - before), 4)
