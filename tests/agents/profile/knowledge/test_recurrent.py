from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.profile.knowledge.features import FEATURES
from tests.agents.profile.knowledge.learners import recurrent

Array = NDArray[np.floating[Any]]


def sigmoid(x: Array) -> Array:
    result: Array = 1.0 / (1.0 + np.exp(-x))
    return result


def test_embeddings_are_averaged_and_zero_when_unknown() -> None:
    member = recurrent(concepts=("a", "b"))
    assert not member.embedding(("unseen",)).any()
    assert np.allclose(member.embedding(("a", "b")), (member.concepts["a"] + member.concepts["b"]) / 2)


@pytest.mark.parametrize("correct", [True, False])
def test_a_step_is_the_documented_gated_unit(correct: bool) -> None:
    member = recurrent()
    rng = np.random.default_rng(3)
    x = rng.normal(size=FEATURES).astype(np.float32)
    e = member.embedding(("fractions",))
    h = rng.normal(size=member.hidden_size).astype(np.float32)
    s = 1.0 if correct else -1.0
    u = np.tanh(np.concatenate([x, e]) @ member.drive + member.drive_bias)
    g = np.concatenate([u, s * u, [s]]) @ member.inner + member.inner_bias
    n = member.hidden_size
    r = sigmoid(g[:n] + h @ member.gates[:, :n])
    k = sigmoid(g[n : 2 * n] + h @ member.gates[:, n : 2 * n])
    candidate = np.tanh(g[2 * n :] + r * (h @ member.gates[:, 2 * n :] + member.candidate_bias))
    looked = member.look(x, ("fractions",), h)
    z = np.maximum(np.concatenate([x, e, h]) @ member.head + member.head_bias, 0.0)
    assert looked.logit == pytest.approx(float(z @ member.out + x @ member.skip) + member.offset, abs=1e-5)
    after = member.move(looked, correct)
    assert after.dtype == np.float32
    assert np.allclose(after, (1 - k) * candidate + k * h, atol=1e-5)


def test_the_state_stays_within_bounds_whatever_comes() -> None:
    member = recurrent()
    h = member.start()
    for k in range(200):
        h = member.move(member.look(np.full(FEATURES, 6.0, np.float32), (), h), k % 3 == 0)
    assert np.abs(h).max() <= 1.0
