"""The knowledge model as the profile uses it: predict an attempt, learn from it, estimate the concept after it.

Nothing but graded attempts reaches it.
"""

from math import sqrt

from agents.profile import traces
from agents.profile.concepts import Concept
from agents.profile.knowledge import Attempt, Prediction
from agents.profile.knowledge.effects import sigmoid
from agents.profile.knowledge.features import CONCEPT_SHRINKAGE
from agents.profile.knowledge.statistics import easiness
from agents.profile.shared import Shared
from agents.profile.state import ProfileState
from schemas.codec import Event

MASTERED, LOST = 0.95, 0.9
MIN_STREAK = 4


def trace(state: ProfileState, shared: Shared, attempt: Event, name: str, concept: Concept) -> Prediction:
    """Predict `attempt`, then move the learner's knowledge, `concept` and the shared difficulty by it.

    Returns what was expected of it.
    """
    model = shared.model
    knowledge = traces.loads(state.knowledge, model.weights.hidden_size)
    duration = attempt["duration_ms"]
    prediction = model.step(
        knowledge,
        shared.difficulty_sums,
        Attempt(
            attempt["item_id"],
            (name,),
            attempt["correct"],
            attempt["sent_at"] / 1e6,
            duration / 1000.0 if duration else None,
            attempt["hints_used"],
        ),
    )
    # Without an attempt id nothing is taken for a repeat; the profile has its own memory of ids.
    assert prediction is not None
    one = knowledge.concepts[name]
    statistics = shared.difficulty_sums.total
    level = statistics.base_logit() + knowledge.ability + one.effect
    p = sigmoid(level + easiness(statistics.concepts.get(name), CONCEPT_SHRINKAGE))
    concept.p = p
    concept.uncertainty = p * (1.0 - p) * sqrt(knowledge.variance + one.variance)
    concept.known = one.known
    state.knowledge = traces.dumps(knowledge)
    state.ability = knowledge.ability
    state.ability_uncertainty = sqrt(knowledge.variance)
    return prediction


def judge(concept: Concept) -> int:
    """1 if the concept has just been mastered, -1 if it has just been lost, else 0; notes it.

    Mastered: known with `MASTERED`, the last `MIN_STREAK` answers right. Lost: answered wrong and known with less than
    `LOST`, so that one error undoes what was mastered just now, and several what was firm. A right answer takes nothing
    away: after a long pause, when much counts as forgotten, it is what a review asks for.
    """
    if concept.mastered:
        if concept.known < LOST and concept.streak < 0:
            concept.mastered = 0
            return -1
    elif concept.known >= MASTERED and concept.streak >= MIN_STREAK:
        concept.mastered = 1
        return 1
    return 0
