import math

from agents.profile.knowledge import Attempt, KnowledgeModel, Statistics
from agents.profile.knowledge.features import FEATURE_NAMES, FEATURES, view
from tests.agents.profile.knowledge.learners import START, answers, learn, plain_weights

MODEL = KnowledgeModel(plain_weights())


def named(history: list[Attempt], item: str | None, concepts: tuple[str, ...], at: float | None) -> dict[str, float]:
    state, shared, _ = learn(MODEL, history)
    values = view(state, shared.total, item, concepts, at).values
    assert len(values) == FEATURES
    assert all(math.isfinite(value) for value in values)
    return dict(zip(FEATURE_NAMES, values, strict=True))


def test_names_are_unique() -> None:
    assert len(set(FEATURE_NAMES)) == FEATURES


def test_no_history_says_so() -> None:
    seen = named([], "item", ("c",), START)
    assert seen["concept_new"] == 1.0
    assert seen["last_correct"] == seen["last_wrong"] == seen["item_seen"] == seen["attempts_log"] == 0.0


def test_repeats_and_runs_are_told() -> None:
    seen = named(answers("01"), "fractions-1", ("fractions",), START + 120)
    assert seen["same_item"] == seen["same_item_right"] == seen["same_concept"] == 1.0
    assert seen["same_item_wrong"] == 0.0
    assert seen["concept_run_log"] == math.log1p(2)
    other = named(answers("01"), "fractions-0", ("fractions",), START + 120)
    assert other["same_item"] == 0.0
    assert other["item_seen"] == 1.0
    assert other["item_last"] == -1.0


def test_gaps_are_hours_on_a_log_scale_and_absent_without_times() -> None:
    seen = named(answers("1"), "fractions-0", ("fractions",), START + 5 * 3600)
    assert seen["gap_log"] == seen["concept_gap_log"] == seen["item_gap_log"] == math.log1p(5.0)
    assert seen["gap_over_session"] == seen["timed"] == 1.0
    bare = named([Attempt("i", ("c",), True)], "i", ("c",), None)
    assert bare["timed"] == bare["gap_log"] == 0.0


def test_pace_and_hints_are_remembered() -> None:
    quick = named([Attempt("i", ("c",), True, START, response_seconds=2.0, hints=2)], "i", ("c",), START + 9)
    slow = named([Attempt("i", ("c",), True, START, response_seconds=200.0, hints=0)], "i", ("c",), START + 9)
    assert quick["last_pace"] < 0.0 < slow["last_pace"]
    assert quick["hints"] > slow["hints"] == 0.0


def test_a_view_does_not_depend_on_the_length_of_the_history() -> None:
    state, shared, _ = learn(MODEL, answers("1" * 300))
    before = (len(state.concepts), len(state.items))
    view(state, shared.total, "new", ("new",), START)
    assert (len(state.concepts), len(state.items)) == before
    assert view(state, Statistics(), "new", ("new",), START).known < 1.0
