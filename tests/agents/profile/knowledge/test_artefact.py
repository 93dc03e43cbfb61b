from pathlib import Path

import numpy as np
import pytest

from agents.profile.knowledge import KnowledgeModel, Statistics, Weights, generic
from agents.profile.knowledge.artefact import GENERIC, BadArtefact, load, save
from tests.agents.profile.knowledge.learners import START, answers, full_weights, learn


def test_weights_come_back_from_a_file(tmp_path: Path) -> None:
    weights = full_weights()
    save(weights, tmp_path / "w.npz")
    back = load(tmp_path / "w.npz")
    history = answers("1101001")
    assert learn(KnowledgeModel(back), history)[2] == pytest.approx(
        learn(KnowledgeModel(weights), history)[2], abs=5e-3
    )


def test_without_trees_and_recurrent_members(tmp_path: Path) -> None:
    full = full_weights()
    save(Weights(full.mean, full.scale, full.linear, 0.5), tmp_path / "w.npz")
    back = load(tmp_path / "w.npz")
    assert (back.trees, back.members, back.intercept) == (None, (), 0.5)


@pytest.mark.parametrize("name, value", [("version", np.array(99)), ("names", np.array(["other"]))])
def test_another_version_or_other_features_are_refused(tmp_path: Path, name: str, value: object) -> None:
    save(full_weights(), tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz") as stored:
        arrays = {key: stored[key] for key in stored.files}
    np.savez(tmp_path / "other.npz", **{**arrays, name: np.asarray(value)})
    with pytest.raises(BadArtefact):
        load(tmp_path / "other.npz")


def test_the_shipped_weights_are_small_and_name_no_concept() -> None:
    assert GENERIC.stat().st_size < 1_000_000
    assert all(not member.concepts for member in generic().members)


def test_the_shipped_weights_tell_a_strong_learner_from_a_weak_one() -> None:
    model = KnowledgeModel(generic())
    strong, _, _ = learn(model, answers("1" * 12))
    weak, _, _ = learn(model, answers("0" * 12))
    at = START + 1000
    new = model.predict(model.new_state(), Statistics(), "unseen", ("fractions",), at)
    best = model.predict(strong, Statistics(), "unseen", ("fractions",), at)
    worst = model.predict(weak, Statistics(), "unseen", ("fractions",), at)
    assert worst.p < new.p < best.p
    assert worst.p < 0.5 < 0.8 < best.p
