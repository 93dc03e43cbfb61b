"""Effects, their intervals and the rule to stop."""

import random

import pytest

from cli.report.experiment import MEASURES, Row, effect, sequence_radius, verdict


def arm(learners: int, success: float, variance: float = 0.04) -> Row:
    figures: Row = {"learners": learners}
    for measure in MEASURES:
        figures |= {f"{measure}_mean": success, f"{measure}_variance": variance}
    return figures


def test_welchs_interval() -> None:
    found = effect(arm(100, 0.6), arm(100, 0.5), "success")
    assert found["difference"] == pytest.approx(0.1)
    # Standard error sqrt(0.04 / 100 + 0.04 / 100).
    assert (found["low"], found["high"]) == pytest.approx((0.1 - 0.05544, 0.1 + 0.05544), abs=1e-4)
    assert found["always_low"] < found["low"] < found["high"] < found["always_high"]


def test_the_sequence_narrows_and_rarely_ever_misses_the_truth() -> None:
    assert sequence_radius(100) > sequence_radius(1000) > sequence_radius(10_000)
    draw = random.Random(7)
    missed = 0
    for _ in range(200):
        total = 0.0
        for count in range(1, 1001):
            total += draw.gauss(0, 1)
            if count >= 20 and abs(total / count) > sequence_radius(count):
                missed += 1
                break
    assert missed / 200 <= 0.05


@pytest.mark.parametrize(
    ("treatment", "said"), [(0.9, "stop: treatment is better"), (0.52, "go on: the interval holds zero")]
)
def test_the_verdict_goes_by_success(treatment: float, said: str) -> None:
    effects = {measure: effect(arm(400, 0.5), arm(400, 0.5), measure) for measure in MEASURES}
    effects["success"] = effect(arm(400, treatment), arm(400, 0.5), "success")
    assert verdict(effects) == said


def test_a_guardrail_stops_what_success_would_let_go_on() -> None:
    effects = {measure: effect(arm(400, 0.5), arm(400, 0.5), measure) for measure in MEASURES}
    effects["attempts"] = effect(arm(400, 0.1), arm(400, 0.9), "attempts")
    assert verdict(effects) == "stop: the guardrail attempts is worse under treatment"
    assert verdict({}).startswith("go on")
