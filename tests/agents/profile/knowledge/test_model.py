import random

import numpy as np
import pytest

from agents.profile.knowledge import (
    Attempt,
    KnowledgeModel,
    Prediction,
    SharedDifficulty,
    Statistics,
    Weights,
    dump_state,
)
from agents.profile.knowledge.features import FEATURES
from agents.profile.knowledge.state import MAX_CONCEPTS, MAX_ITEMS
from tests.agents.profile.knowledge.learners import DAY, START, answers, full_weights, learn, plain_weights

PLAIN = KnowledgeModel(plain_weights())
FULL = KnowledgeModel(full_weights())


def spread(prediction: Prediction) -> float:
    """Standard deviation of the log-odds."""
    return prediction.uncertainty / (prediction.p * (1.0 - prediction.p))


def test_no_history_is_the_overall_rate_and_unsure() -> None:
    prediction = PLAIN.predict(PLAIN.new_state(), Statistics(), "item", ("fractions",), START)
    assert prediction.p == pytest.approx(0.65, abs=0.01)
    assert prediction.uncertainty > 0.2
    assert 0.0 < prediction.guess < prediction.p < 1.0 - prediction.slip


@pytest.mark.parametrize("item, concepts", [(None, ("fractions",)), ("item", ()), (None, ())])
def test_item_or_concepts_may_be_missing(item: str | None, concepts: tuple[str, ...]) -> None:
    state, shared, _ = learn(FULL, [Attempt(item, concepts, True)])
    assert 0.0 < FULL.predict(state, shared.total, item, concepts).p < 1.0


@pytest.mark.parametrize("right", [True, False])
def test_one_attempt_moves_the_estimate_its_way(right: bool) -> None:
    before = PLAIN.predict(PLAIN.new_state(), Statistics(), None, ("fractions",), START)
    state, _, _ = learn(PLAIN, [Attempt(None, ("fractions",), right, START)])
    after = PLAIN.predict(state, Statistics(), None, ("fractions",), START + 60)
    other = PLAIN.predict(state, Statistics(), None, ("decimals",), START + 60)
    assert (after.p > before.p) == right
    assert abs(after.p - before.p) > abs(other.p - before.p) > 0.0
    assert spread(after) < spread(before)
    assert (after.known > before.known) == right


def test_contradictory_attempts_stay_near_the_middle() -> None:
    state, _, _ = learn(PLAIN, answers("10" * 30))
    prediction = PLAIN.predict(state, Statistics(), None, ("fractions",), START + 4000)
    assert 0.35 < prediction.p < 0.65
    assert 0.02 < prediction.uncertainty < 0.2


def test_practice_on_one_concept_does_not_settle_another() -> None:
    state, _, _ = learn(PLAIN, answers("1" * 10) + answers("0" * 10, "decimals", START + 1000))
    at = START + 2000
    good = PLAIN.predict(state, Statistics(), None, ("fractions",), at)
    bad = PLAIN.predict(state, Statistics(), None, ("decimals",), at)
    new = PLAIN.predict(state, Statistics(), None, ("graphs",), at)
    both = PLAIN.predict(state, Statistics(), None, ("fractions", "decimals"), at)
    assert bad.p < both.p < good.p
    assert new.uncertainty > good.uncertainty
    assert both.known == bad.known < 0.3 < 0.9 < good.known


def test_ten_thousand_attempts_stay_bounded_and_follow_ability() -> None:
    rng = random.Random(1)
    attempts = [
        Attempt(f"item {k * 7 % 2000}", (f"concept {rng.randrange(300)}",), rng.random() < 0.9, START + k * 30.0)
        for k in range(10_000)
    ]
    state, shared, predicted = learn(PLAIN, attempts)
    assert len(dump_state(state)) < 16 * 1024
    assert len(state.concepts) == MAX_CONCEPTS
    assert len(state.items) == MAX_ITEMS
    assert state.attempts == 10_000
    assert sum(predicted[-1000:]) / 1000 == pytest.approx(0.9, abs=0.03)
    assert shared.total.total[0] == 10_000


def test_a_year_without_practice_draws_back_and_widens() -> None:
    state, _, _ = learn(PLAIN, answers("1" * 20))
    soon = PLAIN.predict(state, Statistics(), None, ("fractions",), START + 2000)
    late = PLAIN.predict(state, Statistics(), None, ("fractions",), START + 365 * DAY)
    new = PLAIN.predict(state, Statistics(), None, ("graphs",), START + 365 * DAY)
    assert new.p < late.p < soon.p
    assert late.known < soon.known
    assert late.uncertainty > soon.uncertainty


def test_attempts_out_of_time_order_count_and_do_not_turn_the_clock_back() -> None:
    shuffled = answers("1101" * 5)
    random.Random(3).shuffle(shuffled)
    state, _, _ = learn(FULL, shuffled)
    assert state.attempts == 20
    assert state.at == START + 19 * 60
    assert 0.0 < FULL.predict(state, Statistics(), "fractions-1", ("fractions",), START).p < 1.0


def test_a_duplicate_changes_nothing() -> None:
    once = answers("110")
    state, shared, predicted = learn(FULL, once)
    again, shared_again, predicted_again = learn(FULL, [once[0], once[0], once[1], once[0], once[2], once[2]])
    assert dump_state(again) == dump_state(state)
    assert shared_again.total == shared.total
    assert predicted_again == predicted


def test_predicting_changes_nothing() -> None:
    state, shared, _ = learn(FULL, answers("1001"))
    before, total = dump_state(state), shared.total.copy()
    FULL.predict(state, shared.total, "unseen", ("unseen", "fractions"), START + DAY)
    assert dump_state(state) == before
    assert shared.total == total


def test_difficulty_comes_from_other_learners() -> None:
    shared = SharedDifficulty()
    for learner in range(40):
        learn(PLAIN, [Attempt("hard", ("c",), learner % 8 == 0), Attempt("easy", ("c",), True)], shared)
    state = PLAIN.new_state()
    hard = PLAIN.predict(state, shared.total, "hard", ("c",))
    easy = PLAIN.predict(state, shared.total, "easy", ("c",))
    unseen = PLAIN.predict(state, shared.total, "unseen", ("c",))
    assert hard.p < unseen.p < easy.p
    assert unseen.uncertainty > hard.uncertainty


def test_prerequisites_set_where_a_new_concept_starts() -> None:
    model = KnowledgeModel(plain_weights(), lambda name: ("fractions",) if name == "ratios" else ())
    good, _, _ = learn(model, answers("1" * 12))
    bad, _, _ = learn(model, answers("0" * 12))
    for state, better in ((good, True), (bad, False)):
        ratios = model.predict(state, Statistics(), None, ("ratios",), START + 1000)
        graphs = model.predict(state, Statistics(), None, ("graphs",), START + 1000)
        assert (ratios.known > graphs.known) == better
        assert (ratios.p > graphs.p) == better


def test_one_row_a_concept_counts_the_answer_once() -> None:
    state, shared, _ = learn(PLAIN, [Attempt("i", ("a",), True), Attempt("i", ("b",), True)])
    assert state.attempts == 1
    again, _, _ = learn(PLAIN, [Attempt("i", ("a",), True), Attempt("i", ("b",), False)])
    later, _, _ = learn(PLAIN, [Attempt("i", ("a",), True, START), Attempt("i", ("b",), True, START + 60)])
    assert again.attempts == later.attempts == 2
    assert shared.total.total == [1.0, 1.0]
    assert state.concepts.keys() == {"a", "b"}


def test_every_member_is_told_and_the_blend_is_theirs() -> None:
    state, shared, _ = learn(FULL, answers("1011"))
    prediction = FULL.predict(state, shared.total, "fractions-1", ("fractions",), START + 300)
    assert prediction.parts.keys() == {"effects", "logistic", "trees", "recurrent_1", "recurrent_2"}
    logits = [np.log(prediction.parts[k] / (1 - prediction.parts[k])) for k in list(prediction.parts)[1:]]
    total = float(np.dot(FULL.weights.blend[:-1], logits)) + FULL.weights.blend[-1]
    assert prediction.p == pytest.approx(1 / (1 + np.exp(-total)), abs=1e-5)


def test_weights_of_the_wrong_shape_are_refused() -> None:
    zeros = np.zeros(FEATURES, np.float32)
    with pytest.raises(ValueError, match="linear"):
        Weights(zeros, zeros, np.zeros(3, np.float32), 0.0)
    with pytest.raises(ValueError, match="blend"):
        Weights(zeros, zeros, zeros, 0.0, blend=(1.0,))
