"""How one attempt moves a learner's effects, counts and recency."""

from math import log

from agents.profile.knowledge.attempt import Attempt
from agents.profile.knowledge.effects import (
    ABILITY_DRIFT,
    CONCEPT_DRIFT,
    faded,
    moved,
    with_pause,
)
from agents.profile.knowledge.features import DAY, SESSION_GAP, Prerequisites, View, start_of
from agents.profile.knowledge.guess_slip import after_pause, after_practice, posterior
from agents.profile.knowledge.state import (
    ABILITY_VARIANCE,
    CONCEPT_DECAYS,
    CONCEPT_VARIANCE,
    DECAYS,
    KnowledgeState,
)

TYPICAL_LOG_SECONDS = 3.0
EASINESS_DECAY = 0.8
GAINS = tuple(1.0 - decay for decay in DECAYS)
CENTRE = 0.65
"""Outcomes are averaged as differences from this rate, so that no history means 0."""


def continues(state: KnowledgeState, seen: View, attempt: Attempt) -> bool:
    """Whether `attempt` is the answer before, told again under another concept."""
    return seen.may_continue and state.last_correct == int(attempt.correct)


def advance(
    state: KnowledgeState,
    seen: View,
    attempt: Attempt,
    prerequisites: Prerequisites | None,
) -> None:
    """Move `state` by `attempt`, looked at before as `seen`. An attempt older than the last one counts
    fully but does not turn the clock back.

    A continuation (see `continues`) is the same answer told again under another concept: it moves that
    concept's trace and nothing else.
    """
    told_again = continues(state, seen, attempt)
    correct = 1.0 if attempt.correct else 0.0
    outcome = 1 if attempt.correct else 0
    surprise = correct - seen.probability
    weight = seen.probability * (1.0 - seen.probability)
    now = attempt.at
    if now is not None and state.at is not None and now < state.at:
        now = state.at
    paused = 0.0 if now is None or state.at is None else (now - state.at) / DAY

    total = seen.variance
    if not told_again:
        prior = with_pause(state.variance + ABILITY_DRIFT, paused, ABILITY_VARIANCE)
        state.ability, state.variance = moved(state.ability, prior, weight, total, surprise, ABILITY_VARIANCE)

    index = state.attempts + (0 if told_again else 1)
    centred = correct - CENTRE
    for name in attempt.concepts:
        trace = state.concept(name)
        if trace.attempts == 0:
            trace.known, trace.effect = start_of(name, state, prerequisites)
            days = 0.0
        else:
            days = 0.0 if now is None or trace.at is None else max(now - trace.at, 0.0) / DAY
        guess, slip = seen.soft[name]
        was_known = posterior(after_pause(trace.known, days), guess, slip, attempt.correct)
        trace.known = after_practice(was_known)
        prior = with_pause(trace.variance + CONCEPT_DRIFT, days, CONCEPT_VARIANCE)
        trace.effect, trace.variance = moved(
            faded(trace.effect, days), prior, weight, total, surprise, CONCEPT_VARIANCE
        )
        trace.fast += (centred - trace.fast) * (1.0 - CONCEPT_DECAYS[0])
        trace.slow += (centred - trace.slow) * (1.0 - CONCEPT_DECAYS[1])
        trace.streak = _streak(trace.streak, outcome)
        trace.attempts += 1
        trace.correct += outcome
        trace.index = index
        trace.at = now

    if told_again:
        state.item_run += 1
        state.last_concepts = attempt.concepts
        state.at = now
        return

    if seen.item_hash:
        past = state.item(seen.item_hash)
        past.attempts += 1
        past.correct += outcome
        past.last = outcome
        past.index = index
        past.at = now

    state.outcomes = [mean + (centred - mean) * gain for mean, gain in zip(state.outcomes, GAINS, strict=True)]
    state.surprises = [mean + (surprise - mean) * gain for mean, gain in zip(state.surprises, GAINS, strict=True)]
    state.easiness += (seen.item_easiness - state.easiness) * (1.0 - EASINESS_DECAY)
    state.streak = _streak(state.streak, outcome)
    state.item_run = state.item_run + 1 if seen.item_hash and seen.item_hash == state.last_item else 1
    if attempt.concepts == state.last_concepts:
        state.concept_run += 1
        state.concept_run_correct = state.concept_run_correct + 1 if outcome else 0
    else:
        state.concept_run = 1
        state.concept_run_correct = outcome
    state.last_correct = outcome
    state.last_item = seen.item_hash
    state.last_concepts = attempt.concepts
    state.attempts = index
    state.correct += outcome
    _advance_clock(state, attempt, now, paused)


def _advance_clock(state: KnowledgeState, attempt: Attempt, now: float | None, paused: float) -> None:
    if now is not None:
        if state.session_start is None or paused * DAY > SESSION_GAP:
            state.session_start = now
            state.session_attempts = 0
        state.session_attempts += 1
        state.at = now
    if attempt.response_seconds is not None:
        seconds = min(max(attempt.response_seconds, 0.1), 3600.0)
        state.last_pace = log(seconds) - TYPICAL_LOG_SECONDS
        state.pace += (state.last_pace - state.pace) * 0.1
    if attempt.hints is not None:
        state.hints += (min(attempt.hints, 5) - state.hints) * 0.2


def _streak(streak: int, outcome: int) -> int:
    if outcome:
        return min(streak + 1, 100) if streak > 0 else 1
    return max(streak - 1, -100) if streak < 0 else -1
