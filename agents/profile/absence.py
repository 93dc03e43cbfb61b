"""Will a learner be away the whole next week? Asked at a clock's signal, however long they have been silent already.

`predictions.staying_away` is made when a session ends; this one goes on from the silence since then. As there, rates
come from what all learners did in the same situation. Silence tells most: each of its lengths has a rate of its own,
drawn to a guess while nothing is known, and within it the learner's usual gap and whether they are passing.
"""

from math import exp

from agents.profile import averages
from agents.profile.behaviour import Behaviour
from agents.profile.events import learning_event
from agents.profile.predictions import CELL_WEIGHT, MODEL, RETURN_HORIZON_S
from agents.profile.state import ProfileState
from agents.profile.traits import GAP
from schemas.codec import Event

KIND = "away_next_week"
DAY = 86_400_000_000
SILENCE = (1.0, 2.0, 4.0, 7.0, 10.0, 14.0, 21.0)
"""Days at which a silence becomes another situation."""
GUESS = (0.15, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)
"""Of being away after each, before anything was seen."""
PASSING = 0.6
"""Share of right answers from which a learner counts as passing."""


def silent_days(state: ProfileState, now: int) -> float:
    """Days since the learner was here last."""
    return max(now - max(state.session.last, state.last_end), 0) / DAY


def passing(state: ProfileState) -> bool:
    """Whether enough of what the learner tried was right."""
    return state.correct >= PASSING * state.attempts


def length(days: float) -> int:
    """Which of the lengths of silence this is."""
    return sum(days >= edge for edge in SILENCE)


def cell(state: ProfileState) -> str:
    """The situation within a length of silence."""
    gap = 3
    if averages.count(state.sums, GAP) > 0.0:
        usual = exp(averages.mean(state.sums, GAP))
        gap = 0 if usual < 1.0 else 1 if usual < 4.0 else 2
    return f"{gap}.{int(passing(state))}"


def predict(state: ProfileState, behaviour: Behaviour, now: int) -> None:
    """Let the prediction for the week from `now` stand, unless one stands already; nothing for someone never seen."""
    if KIND in state.standing or not (state.session.last or state.last_end):
        return
    days, situation = silent_days(state, now), cell(state)
    rate, error = behaviour.estimate(_kind(days), situation, GUESS[length(days)], CELL_WEIGHT)
    state.standing[KIND] = [rate, situation, now, days]
    state.risks[KIND] = [rate, error]


def settle(state: ProfileState, behaviour: Behaviour, cause: Event, now: int, *, here: bool) -> list[Event]:
    """The score of the standing prediction, because the learner is `here` again or because its week has passed."""
    standing = state.standing.get(KIND)
    if standing is None:
        return []
    p, situation, made_at, days = standing
    passed = (now - made_at) / 1e6 >= RETURN_HORIZON_S
    # An event from before the prediction, come late, says nothing of the week after it.
    if not passed and (not here or now < made_at):
        return []
    del state.standing[KIND]
    state.risks.pop(KIND, None)
    away = 1.0 if passed else 0.0
    behaviour.note(_kind(days), situation, away)
    return [
        learning_event(
            cause,
            f"{KIND}_predicted",
            model=MODEL,
            predicted=p,
            outcome=away,
            value=RETURN_HORIZON_S,
            detail={"situation": situation, "predicted_at": str(made_at), "silent_days": f"{days:.2f}"},
        )
    ]


def _kind(days: float) -> str:
    return f"{KIND}.{length(days)}"
