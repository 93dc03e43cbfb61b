"""The standing decision, and why."""

from itertools import pairwise
from typing import Any
from zlib import crc32

import pytest

from agents.profile.adapt import HIGHEST_TARGET, LOWEST_TARGET, changed
from agents.profile.observe import Observed, observe_attempt, observe_response, observe_signal
from agents.profile.shared import Shared
from agents.profile.state import ProfileState, loads
from config.curriculum import from_mapping, load
from schemas.ids import MAX_ID_CHARS
from tests.agents.profile.given import DAY, MINUTE, NOON, attempt, reading, response, signal


def practise(state: ProfileState, shared: Shared, concept: str, outcomes: str, at: int = NOON) -> Observed:
    """Attempts on `concept`, one a minute: + is right, - is wrong."""
    observed = Observed(state)
    for number, outcome in enumerate(outcomes):
        event = attempt(outcome == "+", at=at + number * MINUTE, concept=concept, item_id=f"{concept}/{number % 5}")
        observed = observe_attempt(state, event, shared)
    return observed


def step(state: ProfileState) -> dict[str, Any]:
    assert state.next_step is not None
    return state.next_step


def test_someone_new_starts_at_the_root_of_the_path() -> None:
    state = ProfileState()
    observed = observe_signal(state, signal("SESSION_OPENED"), Shared())
    assert step(state)["concept_id"] in load().roots
    assert step(state)["kind"] == "explain"
    assert [event["kind"] for event in observed.interventions] == ["next_step_changed"]


def test_one_attempt_leads_to_practice_with_an_item_and_reasons() -> None:
    state = ProfileState()
    practise(state, Shared(), "multiplication", "+")
    assert step(state)["kind"] == "practice"
    assert load().items[step(state)["item_id"]].concept_id == "multiplication"
    assert 0 < step(state)["predicted_success"] < 1
    assert step(state)["reasons"]


def test_errors_lead_to_an_example_then_to_what_is_required_or_an_explanation() -> None:
    state, shared = ProfileState(), Shared()
    practise(state, shared, "whole-number-addition", "++++++")
    practise(state, shared, "multiplication", "--", NOON + 10 * MINUTE)
    assert (step(state)["kind"], step(state)["step_size"]) == ("worked_example", "small")
    practise(state, shared, "multiplication", "--", NOON + 15 * MINUTE)
    assert step(state)["kind"] == "explain"


def test_a_prerequisite_that_is_not_firm_comes_first() -> None:
    state, shared = ProfileState(), Shared()
    practise(state, shared, "multiplication", "--+-")
    practise(state, shared, "division", "---", NOON + 10 * MINUTE)
    assert (step(state)["kind"], step(state)["concept_id"]) == ("practice", "multiplication")


def test_what_is_mastered_is_left_for_what_it_unlocks() -> None:
    state, shared = ProfileState(), Shared()
    observed = practise(state, shared, "whole-number-addition", "++++++")
    assert step(state)["kind"] in ("move_on", "practice", "explain")
    assert step(state)["concept_id"] != "whole-number-addition"
    assert load().requires(step(state)["concept_id"]) == ("whole-number-addition",)
    assert observed.profile is not None
    assert observed.profile["concepts"][0]["mastered"]


def test_what_is_due_is_reviewed_when_the_learner_comes_back() -> None:
    state, shared = ProfileState(), Shared()
    practise(state, shared, "whole-number-addition", "++++++")
    later = NOON + 200 * DAY
    observed = observe_signal(state, signal("SESSION_OPENED", at=later), shared)
    assert (step(state)["kind"], step(state)["concept_id"]) == ("review", "whole-number-addition")
    assert observed.interventions[0]["text"].startswith("Next: review")
    observed = practise(state, shared, "whole-number-addition", "+", later)
    assert step(state)["kind"] != "review"
    assert "review_done" in [event["kind"] for event in observed.learning_events]


def test_an_intervention_goes_out_only_when_the_decision_changes() -> None:
    state, shared = ProfileState(), Shared()
    practise(state, shared, "multiplication", "+-+")
    for number in range(10):
        before = state.next_step
        observed = practise(state, shared, "multiplication", "+-"[number % 2], NOON + (10 + number) * MINUTE)
        assert bool(observed.interventions) == changed(before, state.next_step)


def test_mood_moves_the_target_within_its_bounds_but_not_the_estimate() -> None:
    targets, estimates = {}, {}
    for mood in ("frustrated", "bored", "engaged"):
        state, shared = ProfileState(), Shared()
        for number in range(5):
            observe_response(state, response(at=NOON + number, emotion=reading(**{mood: 0.9})), shared)
        practise(state, shared, "multiplication", "+-+", NOON + MINUTE)
        targets[mood] = step(state)["target_success"]
        concept = state.concepts.get("multiplication")
        assert concept is not None
        estimates[mood] = concept.p
    assert LOWEST_TARGET <= targets["bored"] < targets["engaged"] < targets["frustrated"] <= HIGHEST_TARGET
    assert len(set(estimates.values())) == 1


def test_a_concept_that_no_curriculum_knows_is_practised_without_an_item() -> None:
    state = ProfileState()
    practise(state, Shared(), "the history of tea", "+-")
    assert (step(state)["concept_id"], step(state)["item_id"]) == ("the history of tea", None)


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_whole_small_curriculum_can_be_finished(order: str) -> None:
    raw = {"version": 1, "concepts": [{"id": name, "items": []} for name in order]}
    raw["concepts"][1]["requires"] = [raw["concepts"][0]["id"]]  # type: ignore[index]
    state, shared = ProfileState(), Shared(curriculum=from_mapping(raw))
    for number, name in enumerate(order):
        practise(state, shared, name, "++++++", NOON + number * 8 * MINUTE)
    assert step(state)["kind"] == "review"
    assert "the whole path is mastered" in step(state)["reasons"][0]


def test_those_who_begin_share_the_first_path_but_not_the_list() -> None:
    shared, states = Shared(), [ProfileState(), ProfileState()]
    for state in states:
        observe_signal(state, signal("SESSION_OPENED"), shared)
    assert states[0].path == states[1].path
    states[0].path.clear()
    assert states[1].path
    later = ProfileState()
    observe_signal(later, signal("SESSION_OPENED"), shared)
    assert later.path == states[1].path


def test_a_path_outlives_what_was_taken_out_of_the_curriculum() -> None:
    raw = {"version": 1, "concepts": [{"id": "a", "items": []}, {"id": "b", "items": []}]}
    state = ProfileState(path=["gone", "b"])
    observe_signal(state, signal("SESSION_OPENED"), Shared(curriculum=from_mapping(raw)))
    assert step(state)["concept_id"] == "b"
    state = ProfileState(path=["gone"])
    observe_signal(state, signal("SESSION_OPENED"), Shared(curriculum=from_mapping(raw)))
    assert step(state)["concept_id"] in ("a", "b")


def test_a_prerequisite_that_left_the_table_mastered_is_not_practised_again() -> None:
    raw = {"version": 1, "concepts": [{"id": "a", "items": []}, {"id": "b", "items": [], "requires": ["a"]}]}
    shared = Shared(curriculum=from_mapping(raw))
    state = ProfileState()
    practise(state, shared, "b", "---")
    assert (step(state)["kind"], step(state)["concept_id"]) == ("practice", "a")
    state = ProfileState()
    state.concepts.mastered_before[crc32(b"a")] = None
    practise(state, shared, "b", "---")
    assert (step(state)["kind"], step(state)["concept_id"]) == ("worked_example", "b")


def test_an_item_with_a_long_id_does_not_come_again_at_once() -> None:
    link = "https://school.example/items/" + "x" * 200
    items = [{"id": f"{link}{n}", "question": "?", "answer": "1", "difficulty": 0.0} for n in range(4)]
    raw = {"version": 1, "concepts": [{"id": "a", "items": items}]}
    state, shared, tried = ProfileState(), Shared(curriculum=from_mapping(raw)), [items[0]["id"]]
    for number in range(3):
        event = attempt(number % 2 == 0, at=NOON + number * MINUTE, concept="a", item_id=tried[-1])
        observe_attempt(state, event, shared)
        tried.append(step(state)["item_id"])
    assert all(before != after for before, after in pairwise(tried))


def test_a_concept_with_a_long_name_can_be_mastered() -> None:
    long, longer = "x" * MAX_ID_CHARS, "x" * (MAX_ID_CHARS - 1)
    raw = {"version": 1, "concepts": [{"id": longer, "items": []}, {"id": long, "items": []}]}
    state, shared = ProfileState(), Shared(curriculum=from_mapping(raw))
    practise(state, shared, longer, "++++++")
    assert (step(state)["kind"], step(state)["concept_id"]) == ("move_on", long)


def test_a_long_curriculum_comes_to_an_end() -> None:
    names = [f"c{number}" for number in range(120)]
    chain = [
        {"id": name, "name": name, "requires": names[number - 1 : number] if number else []}
        for number, name in enumerate(names)
    ]
    shared = Shared(0, from_mapping({"version": 1, "concepts": chain}))
    state, practised = ProfileState(), [names[0]]
    for number in range(1000):
        event = attempt(at=NOON + number * MINUTE // 6, concept=practised[-1], item_id=str(number))
        observe_attempt(state, event, shared)
        if step(state)["kind"] == "review":
            break
        state = loads(state.dumps())
        if step(state)["concept_id"] != practised[-1]:
            practised.append(step(state)["concept_id"])
    assert practised == names
    assert "the whole path is mastered" in step(state)["reasons"][0]


def test_difficulties_on_another_scale_than_log_odds_still_give_an_item() -> None:
    items = [{"id": f"i{rated}", "question": "?", "answer": "!", "difficulty": rated} for rated in (0, 1500, -1e9)]
    shared = Shared(0, from_mapping({"version": 1, "concepts": [{"id": "a", "items": items}]}))
    state = ProfileState()
    observe_attempt(state, attempt(concept="a"), shared)
    assert step(state)["item_id"] in {"i0", "i1500", "i-1000000000.0"}
    assert 0.0 <= step(state)["predicted_success"] <= 1.0
