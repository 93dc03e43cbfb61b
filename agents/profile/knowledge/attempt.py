"""A graded attempt, as the knowledge model sees it."""

from typing import NamedTuple


class Attempt(NamedTuple):
    """One graded answer of one learner.

    `concepts` may be empty (the item alone is then traced) and `item` may be None (the concepts alone).
    `at` is seconds since the epoch, or None where the source has no times; `response_seconds` and `hints`
    are None where unknown. `attempt_id` lets a redelivered attempt be recognised.
    """

    item: str | None
    concepts: tuple[str, ...]
    correct: bool
    at: float | None = None
    response_seconds: float | None = None
    hints: int | None = None
    attempt_id: str | None = None


class Prediction(NamedTuple):
    """What the model expects of the next attempt.

    `p`: probability that it is right. `uncertainty`: standard deviation of `p` that comes from what is not
    known yet about the learner, the concepts and the item (not from the coin toss of one answer).
    `known`: probability that the concepts are known (the least known of them); `guess` and `slip`:
    probability of a right answer when they are not known, and of a wrong one when they are.
    `parts`: each member's own probability, by name, for explanations. `inputs`: the features that it was made
    from, as `inputs.packed` writes them.
    """

    p: float
    uncertainty: float
    known: float
    guess: float
    slip: float
    parts: dict[str, float]
    inputs: str
