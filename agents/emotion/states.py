"""Learning states from the emotion scores and from what learners say about themselves."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

STATES: Final = ("frustrated", "confused", "bored", "engaged", "anxious", "confident")

# Log-odds = bias + sum of weight * logit-like evidence. GoEmotions knows no boredom and no frustration, so the
# nearest labels stand in for them (D'Mello & Graesser, Learning and Instruction 22, 2012, for the states).
_WEIGHTS: Final[dict[str, tuple[float, dict[str, float]]]] = {
    "frustrated": (-3.0, {"annoyance": 4.5, "anger": 4.5, "disappointment": 4.0, "disgust": 2.0, "disapproval": 1.0,
                          "sadness": 1.5, "gratitude": -2.0, "joy": -2.0, "amusement": -1.5}),
    "confused": (-3.0, {"confusion": 6.0, "curiosity": 1.0, "realization": -1.0, "gratitude": -1.0}),
    "bored": (-3.6, {"annoyance": 1.0, "disappointment": 0.5, "excitement": -2.0, "curiosity": -2.0, "joy": -2.0}),
    "engaged": (-1.6, {"curiosity": 3.0, "excitement": 3.0, "admiration": 1.0, "joy": 1.5, "realization": 2.0,
                       "approval": 1.0, "optimism": 1.5, "amusement": 0.5, "annoyance": -2.0, "anger": -2.0}),
    "anxious": (-3.4, {"nervousness": 6.0, "fear": 5.0, "embarrassment": 1.5, "remorse": 1.0}),
    "confident": (-2.6, {"pride": 4.0, "optimism": 3.0, "realization": 1.5, "approval": 2.0, "relief": 2.0,
                         "joy": 1.5, "confusion": -3.0, "nervousness": -3.0, "fear": -2.0}),
}  # fmt: skip


def _phrases() -> dict[str, list[tuple[float, re.Pattern[str]]]]:
    # Phrases of the classroom, of which Reddit comments, the training data, hold few.
    source = yaml.safe_load((Path(__file__).parent / "phrases" / "states.yaml").read_text(encoding="utf-8"))
    return {
        state: [(entry["weight"], re.compile(entry["pattern"], re.IGNORECASE)) for entry in entries]
        for state, entries in source.items()
    }


_COMPILED: Final = _phrases()
# Directly before what is said, or with words between that carry no sense of their own: "it doesn't work, ugh" denies
# the working and not the ugh. "can't" denies nothing: "I can't stop worrying".
_DENIED: Final = re.compile(
    r"\b(?:not|never|no longer|(?:do|does|did|is|are|was|were|have|has|had|wo|would|should)n'?t)"
    r"(?: (?:really|even|very|so|too|that|all|at all|any ?more|ever|been|be|being|feel|feeling|get|getting|going to|"
    r"gonna|want to|find (?:it|this|that)|a bit|the least bit)){0,3} $",
    re.IGNORECASE,
)
MAX_CHARS = 2000


def _is_denied(text: str, at: int) -> bool:
    return _DENIED.search(text[max(0, at - 30) : at]) is not None


def _said(state: str, text: str) -> float:
    evidence = 0.0
    for weight, pattern in _COMPILED[state]:
        denied = [_is_denied(text, match.start()) for match in pattern.finditer(text)]
        if denied:
            # "I wasn't lost in part a, but now I'm lost": what is said outright once stands.
            evidence += -weight / 2 if all(denied) else weight
    return evidence


def learning_states(emotions: Mapping[str, float], text: str) -> dict[str, float]:
    """Probability of each of `STATES`, independent of one another (several may hold).

    `emotions`: probabilities by label. `text`: the normalised message; only its first 2,000 characters are searched
    for what the learner says outright.
    """
    text = text[:MAX_CHARS]
    states = {}
    for state in STATES:
        bias, weights = _WEIGHTS[state]
        odds = bias + sum(weight * emotions.get(label, 0.0) for label, weight in weights.items())
        odds += _said(state, text)
        states[state] = 1.0 / (1.0 + math.exp(-odds))
    return states
