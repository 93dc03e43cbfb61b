import numpy as np
import pytest

from agents.profile.knowledge import KnowledgeModel, SharedDifficulty
from agents.profile.knowledge.model import standardised
from benchmarks.knowledge import network
from benchmarks.knowledge.network import Settings
from benchmarks.knowledge.passes import run
from benchmarks.knowledge.scores import auc
from benchmarks.knowledge.splits import Split
from benchmarks.knowledge.training import blend, boosted, capped, fit, logistic, scaling, sequences, vocabulary
from tests.benchmarks.knowledge.learners import simulated

TINY = Settings(hidden=6, head=8, drive=6, embedding=3, epochs=1, least_updates=1, tokens=512, window=32)


def test_logistic_recovers_its_own_weights() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20_000, 3)).astype(np.float32)
    true = np.array([1.0, -0.5, 0.0, 0.3])
    y = (rng.random(20_000) < 1 / (1 + np.exp(-(x @ true[:3] + true[3])))).astype(np.float32)
    assert logistic(x, y, ridge=1.0) == pytest.approx(true, abs=0.08)


def test_blend_prefers_the_member_that_knows() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=5000).astype(np.float32)
    y = (rng.random(5000) < 1 / (1 + np.exp(-z))).astype(np.float32)
    noise = rng.normal(size=5000).astype(np.float32)
    weights = blend([noise, z], y)
    assert weights[1] > 0.8
    assert 0.0 <= weights[0] < 0.15


def test_a_blend_has_no_negative_weight() -> None:
    rng = np.random.default_rng(2)
    z = rng.normal(size=5000).astype(np.float32)
    y = (rng.random(5000) < 1 / (1 + np.exp(-z))).astype(np.float32)
    against, also = -0.5 * z, 0.9 * z
    weights = blend([against.astype(np.float32), z, also.astype(np.float32)], y)
    assert weights[0] == 0.0
    assert min(weights[:-1]) >= 0.0
    assert weights[1] + 0.9 * weights[2] == pytest.approx(1.0, abs=0.1)


def test_a_feature_that_never_varies_is_scaled_to_nothing() -> None:
    x = np.array([[1.0, 2.0], [1.0, 4.0]], np.float32)
    assert scaling(x)["scale"].tolist() == [0.0, 1.0]


def test_a_cap_keeps_whole_learners() -> None:
    tables, _ = run(simulated(60, 10, seed=1), SharedDifficulty().total)
    kept = capped(tables, 200, seed=0)
    assert 0 < len(kept) < 40
    assert capped(tables, 600, seed=0) is tables


def test_a_fit_beats_chance_and_serving_repeats_what_training_computed() -> None:
    learners = simulated(90, 40, seed=6)
    fitted = fit(Split(learners[:60], learners[60:75], learners[75:]), [TINY])
    test = learners[75:]
    tables, _ = run(test, fitted.statistics)
    model = KnowledgeModel(fitted.weights)
    shared = SharedDifficulty("test")
    shared.replace("train", fitted.statistics)
    served, recurrent = [], []
    for learner in test:
        state = model.new_state()
        for attempt in learner.attempts:
            prediction = model.step(state, shared, attempt)
            assert prediction is not None
            served.append(prediction.p)
            recurrent.append(prediction.parts["recurrent_1"])
    y = np.concatenate([t.outcomes for t in tables])
    assert auc(y, np.array(served)) > 0.65

    member = fitted.weights.members[0]
    concepts = {name: k for k, name in enumerate(member.concepts)}
    scale = {"mean": fitted.weights.mean, "scale": fitted.weights.scale}
    f, e = len(scale["mean"]), TINY.embedding
    rows = np.zeros((network.padded_rows(len(concepts)), e), np.float32)
    for name, k in concepts.items():
        rows[k] = member.concepts[name]
    parameters = {
        "Wx": member.head[:f], "We": member.head[f : f + e], "Wh": member.head[f + e :], "b": member.head_bias,
        "wz": member.out, "wx": member.skip, "c": np.float32(member.offset), "Ux": member.drive[:f],
        "Ue": member.drive[f:], "d": member.drive_bias, "Wi": member.inner, "bi": member.inner_bias,
        "Wg": member.gates, "bn": member.candidate_bias, "concepts": rows,
    }  # fmt: skip
    logits = np.concatenate(network.logits(parameters, sequences(tables, scale, concepts), TINY))
    assert np.array(recurrent) == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-3)
    features = standardised(np.concatenate([t.features for t in tables]), scale)
    assert np.isfinite(features).all()


def test_concepts_are_numbered_by_frequency() -> None:
    tables, _ = run(simulated(5, 30, seed=1), SharedDifficulty().total)
    assert sorted(vocabulary(tables).values()) == list(range(len(vocabulary(tables))))


def test_a_single_row_is_enough_for_trees() -> None:
    row, right = np.ones((1, 3), np.float32), np.ones(1, np.float32)
    assert boosted(row, right, row, right).count == 1
