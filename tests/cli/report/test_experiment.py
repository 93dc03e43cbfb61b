"""When an experiment stops."""

import pytest

from cli.report.experiment import GUARDRAIL, OUTCOME, Row, verdict


def effect(outcome: str, low: float, high: float) -> Row:
    return {"outcome": outcome, "low": low, "high": high}


@pytest.mark.parametrize(
    ("effects", "said"),
    [
        ([], "go on: an arm has fewer than twenty learners with attempts after"),
        ([effect(OUTCOME, -0.1, 0.2)], "go on: the interval holds zero"),
        ([effect(OUTCOME, 0.1, 0.2), effect(GUARDRAIL, -0.1, 0.1)], "stop: it works"),
        ([effect(OUTCOME, -0.2, -0.1), effect(GUARDRAIL, 0.1, 0.2)], "stop: it harms"),
        ([effect(OUTCOME, 0.1, 0.2), effect(GUARDRAIL, -0.2, -0.1)], "stop: fewer learners come back"),
    ],
)
def test_harm_and_guardrails_come_before_benefit(effects: list[Row], said: str) -> None:
    assert verdict(effects) == said
