"""The view of one coming attempt: effects, counts, recency and repeats as a vector of fixed length."""

from collections.abc import Callable
from math import log, log1p, sqrt
from typing import NamedTuple

from agents.profile.knowledge.effects import faded, sigmoid, with_pause
from agents.profile.knowledge.guess_slip import KNOWN_AT_FIRST, after_pause, p_right
from agents.profile.knowledge.state import (
    CONCEPT_VARIANCE,
    ConceptTrace,
    KnowledgeState,
    hash_of,
)
from agents.profile.knowledge.statistics import Statistics, easiness, guess_and_slip

DAY = 86400.0

CONCEPT_SHRINKAGE = 12.0
ITEM_SHRINKAGE = 5.0
ITEM_VARIANCE = 0.5
FOLLOWS_SHRINKAGE = 12.0

Prerequisites = Callable[[str], tuple[str, ...]]
"""From a concept to those that should be known before it; they set where an unpractised one starts."""

FEATURE_NAMES = (
    "base_logit",
    "full_logit",
    "ability",
    "ability_deviation",
    "concept_effect",
    "concept_effect_least",
    "concept_deviation",
    "concept_easiness",
    "concept_evidence",
    "item_easiness",
    "item_evidence",
    "item_certainty_weighted",
    "follows_easiness",
    "follows_evidence",
    "transition_easiness",
    "transition_evidence",
    "neighbour_easiness",
    "neighbour_evidence",
    "item_after_easiness",
    "item_after_evidence",
    "recent_easiness",
    "easier_than_recent",
    "known_logit",
    "tracing_logit",
    "outcomes_1",
    "outcomes_2",
    "outcomes_3",
    "outcomes_4",
    "surprises_1",
    "surprises_2",
    "surprises_3",
    "surprises_4",
    "attempts_log",
    "streak",
    "last_correct",
    "last_wrong",
    "concept_new",
    "concept_right_log",
    "concept_wrong_log",
    "concept_fast",
    "concept_slow",
    "concept_streak",
    "concept_lag",
    "concept_count",
    "same_concept",
    "concept_run_log",
    "concept_run_right",
    "item_seen",
    "item_right_log",
    "item_wrong_log",
    "item_last",
    "item_lag",
    "same_item",
    "same_item_right",
    "same_item_wrong",
    "item_run_log",
    "timed",
    "gap_log",
    "concept_gap_log",
    "item_gap_log",
    "gap_over_session",
    "session_attempts_log",
    "session_minutes_log",
    "pace",
    "last_pace",
    "hints",
    "item_gap_right",
    "concept_gap_right",
)
FEATURES = len(FEATURE_NAMES)
SESSION_GAP = 1800.0
CONTINUATION_GAP = 5.0


class View(NamedTuple):
    """The features of a coming attempt, and what its update needs again.

    `without_concept`, `without_item`: probabilities that the statistics of concepts and of items take as
    expected; those of what follows what take `probability`, which is that of the effects alone. `variance`:
    of its log-odds. `soft`: guess and slip of each concept. `may_continue`: the item is the one just answered,
    under concepts not yet told (a source that writes one row a concept).
    """

    values: list[float]
    probability: float
    variance: float
    without_concept: float
    without_item: float
    known: float
    guess: float
    slip: float
    soft: dict[str, tuple[float, float]]
    item_hash: int
    item_easiness: float
    follows: str | None
    transitions: tuple[str, ...]
    may_continue: bool


def _days(now: float | None, then: float | None) -> float:
    if now is None or then is None or now <= then:
        return 0.0
    return (now - then) / DAY


def _logit(p: float) -> float:
    p = min(max(p, 0.005), 0.995)
    return log(p / (1.0 - p))


def start_of(concept: str, state: KnowledgeState, prerequisites: Prerequisites | None) -> tuple[float, float]:
    """Probability known and effect with which an unpractised concept starts.

    Without prerequisites that were practised: (`KNOWN_AT_FIRST`, 0). With them: half of the way to the
    least known one, and half of the mean of their effects.
    """
    if prerequisites is None:
        return KNOWN_AT_FIRST, 0.0
    traces = [state.concepts[name] for name in prerequisites(concept) if name in state.concepts]
    if not traces:
        return KNOWN_AT_FIRST, 0.0
    least = min(trace.known for trace in traces)
    effect = sum(trace.effect for trace in traces) / len(traces)
    return 0.5 * (KNOWN_AT_FIRST + least), 0.5 * effect


def view(
    state: KnowledgeState,
    shared: Statistics,
    item: str | None,
    concepts: tuple[str, ...],
    at: float | None,
    prerequisites: Prerequisites | None = None,
) -> View:
    """Look at a coming attempt. Reads only; cost does not depend on the length of the history."""
    base = shared.base_logit()
    ability = state.ability
    attempts = state.attempts
    gap_days = _days(at, state.at)

    effect = effect_variance = concept_easy = concept_seen = 0.0
    right = wrong = fast = slow = streak = 0.0
    lag = 0.0
    concept_gap = 0.0
    least_effect = 99.0
    known = 1.0
    guess = slip = 0.0
    new = 0.0
    soft = {}
    shared_concepts = shared.concepts
    for name in concepts:
        sums = shared_concepts.get(name)
        concept_easy += easiness(sums, CONCEPT_SHRINKAGE)
        concept_seen += log1p(sums[0]) if sums is not None else 0.0
        soft[name] = guess_and_slip(sums)
        trace: ConceptTrace | None = state.concepts.get(name)
        if trace is None:
            one_known, one_effect = start_of(name, state, prerequisites)
            effect += one_effect
            effect_variance += CONCEPT_VARIANCE
            new += 1.0
            lag += 6.0
        else:
            days = _days(at, trace.at)
            one_effect = faded(trace.effect, days)
            one_known = after_pause(trace.known, days)
            effect += one_effect
            effect_variance += with_pause(trace.variance, days, CONCEPT_VARIANCE)
            right += log1p(trace.correct)
            wrong += log1p(trace.attempts - trace.correct)
            fast += trace.fast
            slow += trace.slow
            streak += trace.streak
            lag += log(max(attempts - trace.index, 0) + 1.0)
            concept_gap += log1p(days * 24.0)
        if one_effect < least_effect:
            least_effect = one_effect
        if one_known <= known:
            known = one_known
            guess, slip = soft[name]
    count = len(concepts)
    if count > 1:
        share = 1.0 / count
        effect *= share
        effect_variance *= share
        concept_easy *= share
        concept_seen *= share
        right *= share
        wrong *= share
        fast *= share
        slow *= share
        streak *= share
        lag *= share
        concept_gap *= share
        new *= share
    elif count == 0:
        least_effect = 0.0
        known = KNOWN_AT_FIRST
        guess, slip = guess_and_slip(None)
        effect_variance = CONCEPT_VARIANCE
        new = 1.0

    item_easy = item_seen = 0.0
    item_variance = 0.0
    item_hash = 0
    same_item = 0.0
    item_right = item_wrong = item_last = item_lag = item_gap = 0.0
    was_seen = 0.0
    if item is not None:
        sums = shared.items.get(item)
        item_easy = easiness(sums, ITEM_SHRINKAGE)
        item_variance = ITEM_VARIANCE
        if sums is not None:
            item_seen = log1p(sums[0])
            item_variance /= 1.0 + ITEM_VARIANCE * 0.2 * sums[0]
        item_hash = hash_of(item)
        past = state.items.get(item_hash)
        if past is not None:
            was_seen = 1.0
            item_right = log1p(past.correct)
            item_wrong = log1p(past.attempts - past.correct)
            item_last = 1.0 if past.last else -1.0
            item_lag = log(max(attempts - past.index, 0) + 1.0)
            item_gap = log1p(_days(at, past.at) * 24.0)
            if item_hash == state.last_item:
                same_item = 1.0

    last = state.last_correct
    follows = None
    follows_easy = follows_seen = 0.0
    if concepts and state.last_concepts:
        follows = f"{last}\t{state.last_concepts[0]}\t{concepts[0]}"
        sums = shared.follows.get(follows)
        follows_easy = easiness(sums, FOLLOWS_SHRINKAGE)
        follows_seen = log1p(sums[0]) if sums is not None else 0.0

    transition_easy = transition_seen = neighbour_easy = neighbour_seen = after_easy = after_seen = 0.0
    transition = after = None
    if item is not None and last >= 0:
        after = f"{last}\t{item}"
        sums = shared.transitions.get(after)
        if sums is not None:
            after_easy = easiness(sums, ITEM_SHRINKAGE)
            after_seen = log1p(sums[0])
        if state.last_item:
            transition = f"{last}\t{state.last_item:x}\t{item}"
            sums = shared.transitions.get(transition)
            if sums is not None:
                transition_easy = easiness(sums, ITEM_SHRINKAGE)
                transition_seen = log1p(sums[0])
            other = shared.transitions.get(f"{1 - last}\t{state.last_item:x}\t{item}")
            if other is None:
                neighbour_easy, neighbour_seen = transition_easy, transition_seen
            else:
                if sums is not None:
                    other = [other[0] + sums[0], other[1] + sums[1], other[2] + sums[2]]
                neighbour_easy = easiness(other, ITEM_SHRINKAGE)
                neighbour_seen = log1p(other[0])

    learner_logit = base + ability
    without_concept = sigmoid(learner_logit)
    without_item_logit = learner_logit + effect + concept_easy
    full = without_item_logit + item_easy
    probability = sigmoid(full)
    variance = state.variance + effect_variance + item_variance
    same_concept = 1.0 if concepts and concepts == state.last_concepts else 0.0
    timed = 0.0 if at is None else 1.0
    gap = log1p(gap_days * 24.0)
    if at is not None and state.session_start is not None and gap_days * DAY < SESSION_GAP:
        session_minutes = log1p(max(at - state.session_start, 0.0) / 60.0)
        session_attempts = log1p(state.session_attempts)
    else:
        session_minutes = session_attempts = 0.0
    outcomes = state.outcomes
    surprises = state.surprises
    values = [
        base + concept_easy + item_easy,
        full,
        ability,
        sqrt(state.variance),
        effect,
        least_effect,
        sqrt(effect_variance),
        concept_easy,
        concept_seen,
        item_easy,
        item_seen,
        item_easy / (1.0 + item_seen),
        follows_easy,
        follows_seen,
        transition_easy,
        transition_seen,
        neighbour_easy,
        neighbour_seen,
        after_easy,
        after_seen,
        state.easiness,
        item_easy - state.easiness,
        _logit(known),
        _logit(p_right(known, guess, slip)),
        outcomes[0],
        outcomes[1],
        outcomes[2],
        outcomes[3],
        surprises[0],
        surprises[1],
        surprises[2],
        surprises[3],
        log1p(attempts),
        min(max(state.streak, -8), 12) * 0.2,
        1.0 if last == 1 else 0.0,
        1.0 if last == 0 else 0.0,
        new,
        right,
        wrong,
        fast,
        slow,
        min(max(streak, -6.0), 8.0) * 0.2,
        lag,
        float(count),
        same_concept,
        log1p(state.concept_run) * same_concept,
        min(state.concept_run_correct, 5) * 0.2 * same_concept,
        was_seen,
        item_right,
        item_wrong,
        item_last,
        item_lag,
        same_item,
        same_item if last == 1 else 0.0,
        same_item if last == 0 else 0.0,
        log1p(state.item_run) * same_item,
        timed,
        gap,
        concept_gap,
        item_gap,
        1.0 if gap_days * DAY > SESSION_GAP else 0.0,
        session_attempts,
        session_minutes,
        state.pace,
        state.last_pace,
        state.hints,
        item_gap * item_right,
        concept_gap * right,
    ]
    return View(
        values,
        probability,
        variance,
        without_concept,
        sigmoid(without_item_logit),
        known,
        guess,
        slip,
        soft,
        item_hash,
        item_easy,
        follows,
        () if after is None else (after,) if transition is None else (after, transition),
        same_item == 1.0
        and gap_days * DAY < CONTINUATION_GAP
        and not any(name in state.last_concepts for name in concepts),
    )
