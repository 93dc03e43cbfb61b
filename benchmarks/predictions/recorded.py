"""Success and response time on recorded practice: each attempt predicted by the profile's own logic, then learned."""

from math import exp, log
from pathlib import Path

from agents.profile.knowledge import Attempt as Answer
from agents.profile.knowledge import KnowledgeModel, KnowledgeState, SharedDifficulty
from agents.profile.observe import observe_attempt
from agents.profile.shared import Shared
from agents.profile.state import ProfileState
from agents.profile.weights import weights
from benchmarks.knowledge.sets import Learner, four_line, without_repeats
from benchmarks.predictions.scored import Cases
from cli.replay.readers import statistics_cloze
from config.curriculum import build
from schemas.codec import Event


def cloze(folder: Path) -> dict[str, Cases]:
    """`statistics_cloze` in the order of its times, all learners interleaved, through `observe_attempt`."""
    shared = Shared(curriculum=build("none", ()))
    states: dict[str, ProfileState] = {}
    success, slower = Cases(), Cases()
    last_time: dict[tuple[str, str], float] = {}
    last_outcome: dict[tuple[str, str], float] = {}
    rates: dict[str, list[float]] = {}
    for recorded in statistics_cloze.read(folder).events:
        attempt = recorded.event
        who, concept = attempt["learner_id"], attempt["concept_id"]
        state = states.setdefault(who, ProfileState())
        before = state.at
        observed = observe_attempt(state, attempt, shared)
        [predicted] = [one for one in observed.learning_events if one["kind"] == "attempt_predicted"]
        # A first answer, and one after a pause, have no event of the learner that they were predicted at.
        lead = (attempt["sent_at"] - before) / 1e6
        lead = lead if before and lead < 1800.0 else float("nan")
        right = predicted["outcome"]
        own = rates.setdefault(who, [1.0, 2.0])
        rule = last_outcome.get((who, concept), last_outcome.get((who, ""), 0.5))
        success.add(right, predicted["predicted"], rule, lead, who, running_rate=own[0] / own[1])
        own[0] += right
        own[1] += 1.0
        last_outcome[who, concept] = last_outcome[who, ""] = right
        _time(slower, predicted, last_time, who, concept, lead)
    return {"success": success, "response_time": slower}


def _time(
    cases: Cases, predicted: Event, last: dict[tuple[str, str], float], who: str, concept: str, lead: float
) -> None:
    """Is the next attempt slower than is typical of its concept? Rule: as slow as the learner's last one on it."""
    detail = predicted["detail"]
    if "seconds_expected" not in detail:
        return
    seconds, typical = float(detail["seconds"]), float(detail["seconds_typical"])
    off = last.get((who, concept), last.get((who, ""), 0.0))
    cases.add(float(seconds > typical), float(detail["slower_expected"]), off, lead, who)
    cases.amounts.append((seconds, float(detail["seconds_expected"]), typical * exp(off)))
    last[who, concept] = last[who, ""] = log(seconds / typical)


def assistments(folder: Path) -> Cases:
    """`assistments2009_pid`, consecutive rows of one problem merged, learners side by side (the first attempt of
    each, then the second): the file has no times, so there is no lead time.

    The shipped weights were trained on this set. `p` is therefore the member of the model without trained weights
    (the effects of learner, concept and item alone); the whole model is the further score `shipped`.
    """
    learners: list[Learner] = []
    for fold in range(1, 6):
        learners += [without_repeats(one) for one in four_line(folder / f"fold{fold}.csv.gz")]
    model = KnowledgeModel(weights()[0])
    shared = SharedDifficulty("all")
    states = [model.new_state() for _ in learners]
    cases = Cases()
    last: dict[tuple[int, str], float] = {}
    own = [[1.0, 2.0] for _ in learners]
    for row in range(max(len(one.attempts) for one in learners)):
        for place, learner in enumerate(learners):
            if row < len(learner.attempts):
                _answer(cases, model, states[place], shared, learner.attempts[row], (place, learner.name), last, own)
    return cases


def _answer(
    cases: Cases,
    model: KnowledgeModel,
    state: KnowledgeState,
    shared: SharedDifficulty,
    answer: Answer,
    who: tuple[int, str],
    last: dict[tuple[int, str], float],
    own: list[list[float]],
) -> None:
    place, name = who
    prediction = model.step(state, shared, answer)
    assert prediction is not None
    right = float(answer.correct)
    rule = last.get((place, answer.concepts[0]), last.get((place, ""), 0.5))
    rate = own[place]
    cases.add(
        right,
        prediction.parts["effects"],
        rule,
        float("nan"),
        name,
        running_rate=rate[0] / rate[1],
        shipped=prediction.p,
    )
    rate[0] += right
    rate[1] += 1.0
    for concept in (*answer.concepts, ""):
        last[place, concept] = right
