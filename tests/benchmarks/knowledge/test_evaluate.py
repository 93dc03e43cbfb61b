import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.profile.knowledge import Statistics
from benchmarks.knowledge.evaluate import ALL_ROWS, DEDUPLICATED, compared, main, outcomes_of, protocol, stream, summary
from tests.agents.profile.knowledge.learners import plain_weights
from tests.benchmarks.knowledge.learners import simulated

ROW: dict[str, Any] = {
    "fold": 1,
    "rows": ALL_ROWS,
    "events": 10,
    "recurrent": True,
    "auc": 0.8,
    "auc_frozen": 0.79,
    "auc_cold": 0.72,
    "auc_not_first": 0.81,
    "log_loss": 0.5,
    "ece": 0.01,
    "us_per_event": 50.0,
    "baseline_mean_auc": 0.6,
    "baseline_elo_auc": 0.7,
    "baseline_logistic_auc": 0.75,
}


def test_the_summary_is_the_mean_of_the_folds() -> None:
    figures = summary([ROW, {**ROW, "auc": 0.9}, {**ROW, "rows": DEDUPLICATED, "auc": 0.7}])
    assert figures["auc"] == pytest.approx(0.85)
    assert figures["auc_without_repeats"] == pytest.approx(0.7)
    assert figures["events"] == 20


def test_without_item_ids_the_deduplicated_figure_is_null() -> None:
    figures = summary([ROW])
    assert figures["auc_without_repeats"] is None
    assert {"log_loss", "ece", "baseline_mean_auc", "baseline_elo_auc", "baseline_logistic_auc"} < figures.keys()


def test_where_all_answers_are_alike_the_figures_are_still_json() -> None:
    figures = summary([{**ROW, "auc": float("nan"), "baseline_elo_auc": float("nan")}])
    assert json.loads(json.dumps(figures, allow_nan=False))["auc_folds"] == [None]
    assert figures["auc"] is None


def test_frozen_learners_do_not_learn_from_each_other() -> None:
    learners = simulated(6, 15, seed=3)
    forward, _ = stream(plain_weights(), Statistics(), learners, adapt=False)
    backward, _ = stream(plain_weights(), Statistics(), learners[::-1], adapt=False)
    assert forward == pytest.approx(np.concatenate(np.split(backward, 6)[::-1]), abs=1e-9)
    adapted, cost = stream(plain_weights(), Statistics(), learners, adapt=True)
    assert adapted[:15] == pytest.approx(forward[:15])
    assert np.abs(adapted[15:] - forward[15:]).max() > 1e-3
    assert len(outcomes_of(learners)) == len(adapted)
    assert cost > 0.0


def test_published_figures_stand_beside_ours() -> None:
    figures = {"auc_frozen": 0.85, "auc_frozen_without_repeats": 0.74}
    lines = compared("assistments2009_pid", figures)
    assert ["(+0.0154)" in lines[0], "(-0.0130)" in lines[1]] == [True, True]
    assert compared("another", figures) == ["published  none known for this set"]


def test_the_protocol_says_what_was_done() -> None:
    said = protocol("one file", True)
    for word in ("warm", "first ones included", "merged before both", "mean of the folds"):
        assert word in said


def test_a_wrong_file_is_one_line_and_an_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("1,2\n3\n")
    assert main(["--data", str(path), "--format", "three-line"]) == 2
    assert capsys.readouterr().err.startswith("cannot evaluate: bad.csv line 1")
