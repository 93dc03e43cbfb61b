"""Effects of experiments: intervals that hold at every look, guardrails, the stopping rule."""

import random

import pytest

from agents.analytics.effects import Arm, Effect, effect, mismatch, verdict


def arm(values: list[float]) -> Arm:
    return Arm(len(values), sum(values), sum(one * one for one in values))


def looks(gain: float, seed: int, learners: int = 1000, every: int = 50) -> list[Effect]:
    """The effect at each look, of learners with means around one half."""
    rng = random.Random(seed)
    treated: list[float] = []
    held_out: list[float] = []
    found = []
    for number in range(learners):
        treated.append(min(max(rng.gauss(0.5 + gain, 0.25), 0.0), 1.0))
        held_out.append(min(max(rng.gauss(0.5, 0.25), 0.0), 1.0))
        if number % every == every - 1:
            one = effect(arm(treated), arm(held_out))
            assert one is not None
            found.append(one)
    return found


def test_looking_twenty_times_at_nothing_rarely_finds_something() -> None:
    wrong = sum(any(one.low > 0.0 or one.high < 0.0 for one in looks(0.0, seed)) for seed in range(100))
    assert wrong <= 5


def test_a_fixed_interval_would_have_found_something_far_more_often() -> None:
    wrong = 0
    for seed in range(100):
        rng = random.Random(seed)
        treated, held_out = ([rng.gauss(0.5, 0.25) for _ in range(1000)] for _ in range(2))
        for number in range(50, 1001, 50):
            a, b = arm(treated[:number]), arm(held_out[:number])
            if abs(a.mean - b.mean) > 1.96 * (a.error + b.error) ** 0.5:
                wrong += 1
                break
    assert wrong > 10


def test_an_effect_is_found_and_its_interval_holds_it() -> None:
    last = looks(0.08, 3)[-1]
    assert last.low > 0.0
    assert last.low < 0.08 < last.high
    assert last.p < 0.05


def test_few_learners_say_nothing() -> None:
    assert effect(arm([0.5] * 19), arm([0.5] * 100)) is None


def test_sizes_that_do_not_fit_the_design() -> None:
    assert mismatch(800, 200, 0.2) == pytest.approx(1.0)
    assert mismatch(900, 100, 0.2) < 1e-6
    assert mismatch(0, 0, 0.2) == 1.0
    # Two of two held out: one in a hundred experiments begins so.
    assert mismatch(0, 2, 0.1) == 1.0
    assert verdict(None, {}, (900, 100), 0.2)[0] == "mismatch"
    assert verdict(None, {}, (900, 100), None)[0] == "go_on"


def test_the_stopping_rule() -> None:
    up, down, flat = (Effect(x, x - 0.05, x + 0.05, 0.01) for x in (0.1, -0.1, 0.0))
    assert verdict(up, {}, (500, 500), 0.5)[0] == "works"
    assert verdict(down, {}, (500, 500), 0.5)[0] == "harms"
    assert verdict(flat, {}, (500, 500), 0.5)[0] == "go_on"
    assert verdict(None, {}, (5, 5), 0.5)[0] == "go_on"


def test_a_guardrail_stops_what_works() -> None:
    up, worse = Effect(0.1, 0.05, 0.15, 0.01), Effect(-0.1, -0.15, -0.05, 0.01)
    said, why = verdict(up, {"came_back": worse}, (500, 500), 0.5)
    assert said == "harms"
    assert "came_back" in why
    assert verdict(up, {"came_back": Effect(-0.03, -0.05, -0.01, 0.04)}, (500, 500), 0.5)[0] == "works"
