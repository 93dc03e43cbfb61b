"""What the page says of the stopping rule."""

import pytest

from cli.report.ask import Row
from cli.report.experiment import GUARDED, OUTCOME, said, share
from config.experiments import Experiment

PLANNED = [
    Experiment(key="held", intervention="next_step_changed", design="held_out", share=0.2),
    Experiment(key="turns", intervention="next_step_changed", design="alternating"),
]


def effect(outcome: str, low: float, high: float) -> Row:
    return {"outcome": outcome, "effect": (low + high) / 2, "low": low, "high": high}


@pytest.mark.parametrize(
    ("effects", "words"),
    [
        ([], "go on: fewer than 20 learners in an arm"),
        ([effect(OUTCOME, -0.1, 0.2)], "go on: +0.050 (-0.100 to +0.200)"),
        ([effect(OUTCOME, 0.1, 0.2), effect(GUARDED, -0.1, 0.1)], "stop: it works, +0.150"),
        ([effect(OUTCOME, 0.1, 0.2), effect(GUARDED, -0.05, -0.01)], "stop: it works, +0.150"),
        ([effect(OUTCOME, -0.2, -0.1), effect(GUARDED, 0.1, 0.2)], "stop: it harms, -0.150"),
        ([effect(OUTCOME, 0.1, 0.2), effect(GUARDED, -0.2, -0.1)], "stop: it harms, came_back is worse by 0.150"),
    ],
)
def test_harm_and_guardrails_come_before_benefit(effects: list[Row], words: str) -> None:
    assert said(effects, (800, 200), 0.2).startswith(words)


def test_arms_that_do_not_fit_the_design_have_no_verdict() -> None:
    works = [effect(OUTCOME, 0.1, 0.2)]
    assert said(works, (900, 100), 0.2) == "no verdict: 900 treated and 100 held out do not fit a share of 20%"
    assert said(works, (900, 100), None).endswith("not checked: the experiments file does not have it")


def test_the_share_is_that_of_the_design() -> None:
    assert [share(key, PLANNED) for key in ("held", "turns", "gone")] == [0.2, 0.5, None]
