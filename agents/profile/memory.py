"""What is remembered: FSRS-6 per learner and concept, with the parameters of the `fsrs` library.

Source of the formulas: open-spaced-repetition/fsrs4anki, "The Algorithm", version 6. They stand here on plain numbers
since the library's cards and dates cost ten times as much an event; a test holds both against each other. The
learning steps of minutes are left out: what comes next within a sitting is decided by the adaptation.
"""

from math import exp

from fsrs import Rating

from agents.profile.concepts import Concept
from agents.profile.recall import DAY, DECAY, FACTOR, W, recall_after

DESIRED_RETENTION = 0.9
MIN_STABILITY = 0.001
MAX_INTERVAL = 36_500
AGAIN, HARD, GOOD, EASY = int(Rating.Again), int(Rating.Hard), int(Rating.Good), int(Rating.Easy)


def rating(correct: bool, hints: int, quick: bool) -> int:
    """Wrong: again. Right with hints: hard. Right, without, and quickly: easy. Else good."""
    if not correct:
        return AGAIN
    if hints > 0:
        return HARD
    return EASY if quick else GOOD


def initial_difficulty(rated: int) -> float:
    return float(W[4] - exp(W[5] * (rated - 1)) + 1.0)


def next_difficulty(difficulty: float, rated: int) -> float:
    """Linear damping towards 10, mean reversion towards the difficulty after an easy first review."""
    moved = difficulty - W[6] * (rated - 3) * (10.0 - difficulty) / 9.0
    return float(min(max(W[7] * INITIAL_EASY + (1.0 - W[7]) * moved, 1.0), 10.0))


INITIAL_EASY = initial_difficulty(EASY)


def short_term_stability(stability: float, rated: int) -> float:
    """After another review on the same day."""
    increase = exp(W[17] * (rated - 3 + W[18])) * stability ** -W[19]
    return float(stability * (increase if rated == AGAIN else max(increase, 1.0)))


def stability_after_recall(stability: float, difficulty: float, recall: float, rated: int) -> float:
    penalty = W[15] if rated == HARD else 1.0
    bonus = W[16] if rated == EASY else 1.0
    growth = exp(W[8]) * (11.0 - difficulty) * stability ** -W[9] * (exp((1.0 - recall) * W[10]) - 1.0)
    return float(stability * (1.0 + growth * penalty * bonus))


def stability_after_lapse(stability: float, difficulty: float, recall: float) -> float:
    long_term = W[11] * difficulty ** -W[12] * ((stability + 1.0) ** W[13] - 1.0) * exp((1.0 - recall) * W[14])
    return float(min(long_term, stability / exp(W[17] * W[18])))


def review(concept: Concept, rated: int, at: int) -> None:
    """Move the concept's memory by one graded attempt at `at` (microseconds); sets `due_at`, in whole days.

    An attempt from before the last one is taken as one at the time of the last one.
    """
    now = max(at, concept.last_at)
    if concept.stability <= 0.0:
        concept.stability = max(W[rated - 1], MIN_STABILITY)
        concept.difficulty = min(max(initial_difficulty(rated), 1.0), 10.0)
    else:
        days = (now - concept.last_at) // DAY
        if days < 1:
            stability = short_term_stability(concept.stability, rated)
        else:
            recall = (1.0 + FACTOR * days / concept.stability) ** DECAY
            if rated == AGAIN:
                stability = stability_after_lapse(concept.stability, concept.difficulty, recall)
            else:
                stability = stability_after_recall(concept.stability, concept.difficulty, recall, rated)
        concept.stability = max(stability, MIN_STABILITY)
        concept.difficulty = next_difficulty(concept.difficulty, rated)
    interval = concept.stability / FACTOR * (DESIRED_RETENTION ** (1.0 / DECAY) - 1.0)
    concept.due_at = now + min(max(round(interval), 1), MAX_INTERVAL) * DAY


def retrievability(concept: Concept, at: int) -> float | None:
    """Probability of recall at `at`, microseconds; None before the first attempt."""
    return recall_after(concept.stability, at - concept.last_at)
