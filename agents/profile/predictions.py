"""Predictions about a learner, each with a horizon, and their scores when what they were about has happened.

Rates come from tables of what all learners did in the same situation (`behaviour`), drawn to their overall rate while
a situation is rare, times the learner's own frailty: (events + a) / (expected + a), a gamma-Poisson shrinkage with
`a = FRAILTY`.
"""

from math import exp, log, sqrt
from typing import Any

from agents.profile import averages
from agents.profile.averages import Sums
from agents.profile.behaviour import Behaviour
from agents.profile.concepts import Concept
from agents.profile.events import learning_event
from agents.profile.state import ProfileState, Session
from agents.profile.traits import ATTEMPT_TIME, GAP, GAVE_UP, STAYED_AWAY
from schemas.codec import Event

MODEL = "situations-1"
SESSION_HORIZON_S = 1800.0
RETURN_HORIZON_S = 7 * 86400.0
DAY = 86_400_000_000

FRAILTY = 3.0
CELL_WEIGHT = 10.0
GIVING_UP_PRIOR = 0.2
STAYING_AWAY_PRIOR = 0.3
TYPICAL_LOG_SECONDS = 3.2
MASTERED = 0.95
LOGIT_PER_ATTEMPT = 0.55
"""How far an attempt moves the log-odds of knowing a concept, before anything was seen."""
GOAL_WEIGHT = 5.0

Prediction = dict[str, Any]


def frailty(sums: Sums, quantity: int) -> float:
    """How much more often than expected it happened to this learner. The quantity's values are events, and the
    third of its numbers holds what was expected (see `note_frailty`)."""
    at = quantity * averages.WIDTH
    return (sums[at + 1] + FRAILTY) / (sums[at + 2] + FRAILTY)


def note_frailty(sums: Sums, quantity: int, event: float, expected: float) -> None:
    at = quantity * averages.WIDTH
    sums[at] = sums[at] * averages.FADING + 1.0
    sums[at + 1] = sums[at + 1] * averages.FADING + event
    sums[at + 2] = sums[at + 2] * averages.FADING + expected


def _bucket(value: int, edges: tuple[int, ...]) -> int:
    for position, edge in enumerate(edges):
        if value <= edge:
            return position
    return len(edges)


def giving_up_cell(session: Session) -> str:
    """The situation: wrong answers in a row, how far into the session, and how much of it was right."""
    share = _bucket(10 * session.correct // max(session.attempts, 1), (4, 7))
    return f"{min(session.wrong_run, 3)}.{_bucket(session.attempts, (2, 5, 10, 20))}.{share}"


def giving_up(state: ProfileState, behaviour: Behaviour) -> tuple[float, float, str]:
    """Probability that this session ends on a wrong answer, its standard error, and the situation."""
    cell = giving_up_cell(state.session)
    rate, error = behaviour.estimate("giving_up", cell, GIVING_UP_PRIOR, CELL_WEIGHT)
    factor = frailty(state.sums, GAVE_UP)
    return min(max(rate * factor, 0.005), 0.95), error * factor, cell


def note_giving_up(state: ProfileState, now: int, p: float, cell: str) -> None:
    """Keep a prediction to be scored when the session ends: after its 1st, 2nd, 4th, 8th … attempt."""
    attempts = state.session.attempts
    if attempts & (attempts - 1) == 0:
        state.standing.setdefault("giving_up", []).append([attempts, round(p, 4), cell, now])


def settle_session(state: ProfileState, behaviour: Behaviour, cause: Event) -> list[Event]:
    """The scores of what was predicted during the session that has ended."""
    standing = state.standing.pop("giving_up", None)
    if not standing:
        return []
    gave_up = 1.0 if state.session.wrong_run else 0.0
    events = []
    for attempts, p, cell, made_at in standing:
        behaviour.note("giving_up", cell, gave_up)
        events.append(
            learning_event(
                cause,
                "giving_up_predicted",
                part=str(attempts),
                model=MODEL,
                predicted=p,
                outcome=gave_up,
                value=SESSION_HORIZON_S,
                detail={"situation": cell, "session_attempts": str(attempts), "predicted_at": str(made_at)},
            )
        )
    # One session is one event for the learner, however many predictions it had.
    note_frailty(state.sums, GAVE_UP, gave_up, standing[-1][1] / frailty(state.sums, GAVE_UP))
    return events


def staying_away_cell(state: ProfileState) -> str:
    """The situation: sessions so far, the learner's usual gap, and whether the session stands on a wrong answer."""
    sessions = _bucket(state.sessions, (1, 2, 5))
    if averages.count(state.sums, GAP) <= 0.0:
        gap = 3
    else:
        days = exp(averages.mean(state.sums, GAP))
        gap = 0 if days < 1.0 else 1 if days < 4.0 else 2
    return f"{sessions}.{gap}.{1 if state.session.wrong_run else 0}"


def staying_away(state: ProfileState, behaviour: Behaviour) -> tuple[float, float, str]:
    """Probability of no event within `RETURN_HORIZON_S` of this session's end, its standard error, the situation."""
    cell = staying_away_cell(state)
    rate, error = behaviour.estimate("staying_away", cell, STAYING_AWAY_PRIOR, CELL_WEIGHT)
    factor = frailty(state.sums, STAYED_AWAY)
    return min(max(rate * factor, 0.005), 0.95), error * factor, cell


def settle_absence(state: ProfileState, behaviour: Behaviour, cause: Event, now: int) -> list[Event]:
    """The score of the last session's prediction, once the learner came back or the horizon has passed."""
    standing = state.standing.get("staying_away")
    if not standing:
        return []
    p, cell, last = standing
    days = (now - last) / DAY
    away = 1.0 if days * 86400.0 > RETURN_HORIZON_S else 0.0
    del state.standing["staying_away"]
    behaviour.note("staying_away", cell, away)
    note_frailty(state.sums, STAYED_AWAY, away, p / frailty(state.sums, STAYED_AWAY))
    return [
        learning_event(
            cause,
            "staying_away_predicted",
            model=MODEL,
            predicted=p,
            outcome=away,
            value=RETURN_HORIZON_S,
            detail={"situation": cell, "predicted_at": str(last)},
        )
    ]


def goal_cell(concept: Concept) -> int:
    """The situation: how well it is known, in tenths, and which way the last answers went."""
    streak = 0 if concept.streak < 0 else 1 if concept.streak < 2 else 2
    return min(int(concept.known * 10.0), 9) * 3 + streak


def attempts_to_mastery(concept: Concept, behaviour: Behaviour) -> tuple[float, float]:
    """Expected further attempts until the concept is mastered, and its standard deviation; 0 once it is.

    The mean of all learners in the same situation, drawn to the distance in log-odds from what is known now to
    `MASTERED` in steps of `LOGIT_PER_ATTEMPT`.
    """
    if concept.mastered:
        return 0.0, 0.0
    known = min(max(concept.known, 0.01), 0.94)
    steps = (log(MASTERED / (1.0 - MASTERED)) - log(known / (1.0 - known))) / LOGIT_PER_ATTEMPT
    prior = max(steps, 1.0)
    sums = behaviour.total.get(f"goal|{goal_cell(concept)}")
    n, total, squares = (0.0, 0.0, 0.0) if sums is None else (sums[0], sums[1], sums[2])
    n += GOAL_WEIGHT
    mean = (total + GOAL_WEIGHT * prior) / n
    spread = (squares + GOAL_WEIGHT * 2.0 * prior * prior) / n - mean * mean
    return max(mean, 1.0), sqrt(max(spread, 0.25))


def note_goal(concept: Concept, behaviour: Behaviour) -> None:
    """Keep a prediction to be scored at mastery: after the concept's 1st, 2nd, 4th, 8th … attempt."""
    attempts = concept.attempts
    if not concept.mastered and attempts & (attempts - 1) == 0:
        concept.goal = attempts_to_mastery(concept, behaviour)[0]
        concept.goal_at = attempts
        concept.goal_cell = goal_cell(concept)


def settle_goal(concept: Concept, name: str, behaviour: Behaviour, cause: Event) -> list[Event]:
    """The score of the last prediction of when the concept would be mastered, now that it is."""
    if concept.goal_at == 0:
        return []
    took = float(concept.attempts - concept.goal_at)
    behaviour.add(f"goal|{concept.goal_cell}", took)
    event = learning_event(
        cause,
        "mastery_predicted",
        concept=name,
        model=MODEL,
        predicted=concept.goal,
        outcome=took,
        detail={"situation": str(concept.goal_cell), "attempts": str(concept.goal_at)},
    )
    concept.goal_at = 0
    return [event]


def attempt_seconds(sums: Sums) -> float:
    """What an attempt takes this learner, seconds."""
    return exp(averages.mean(sums, ATTEMPT_TIME, TYPICAL_LOG_SECONDS, 2.0))


def prediction(
    name: str, value: float, uncertainty: float | None, horizon_s: float | None, model: str, subject: str | None = None
) -> Prediction:
    """One entry of LearnerProfile.predictions."""
    return {
        "name": name,
        "subject": subject,
        "value": value,
        "horizon_s": horizon_s,
        "uncertainty": uncertainty,
        "model": model,
    }
