import uuid
from dataclasses import replace

import numpy as np
import pytest

from agents.routing.bandit import TASKS, Bandit
from config.providers import Provider
from tests.agents.routing.conftest import declared

WARM = declared("warm", "http://127.0.0.1:1/v1", strengths={"support": 0.9, "explain": 0.3})
CLEAR = declared("clear", "http://127.0.0.1:1/v1", strengths={"support": 0.3, "explain": 0.9})
BOTH = {"warm": True, "clear": True}
USUAL = {"mastery": 0.5, "length": 0.2}


def bandit(seed: int = 1, providers: tuple[Provider, ...] = (WARM, CLEAR)) -> Bandit:
    return Bandit(providers, seed)


def share(policy: Bandit, provider: str, task: str, rounds: int = 100) -> float:
    picks = [policy.decide(task, USUAL, BOTH).candidates[0].provider for _ in range(rounds)]
    return picks.count(provider) / rounds


def test_declared_strengths_are_the_prior() -> None:
    assert share(bandit(), "warm", "support") > 0.8
    assert share(bandit(), "clear", "explain") > 0.8


def test_rewards_overrule_the_prior_for_the_task_they_belong_to() -> None:
    policy = bandit()
    for _ in range(60):
        policy.learn("clear", "support", USUAL, 0.9)
        policy.learn("warm", "support", USUAL, -0.5)
    assert share(policy, "clear", "support") > 0.9


def test_propensities_are_those_of_the_choice() -> None:
    policy = bandit(providers=(replace(WARM, strengths={}), replace(CLEAR, strengths={})))
    decisions = [policy.decide("explain", USUAL, BOTH) for _ in range(600)]
    for decision in decisions:
        assert sum(candidate.propensity for candidate in decision.candidates) == pytest.approx(1.0)
        assert decision.candidates[0].propensity > 0
    # Weighted by its inverse propensity each provider is picked once a decision, on average.
    for name in BOTH:
        weights = [1 / d.candidates[0].propensity for d in decisions if d.candidates[0].provider == name]
        assert np.sum(weights) / len(decisions) == pytest.approx(1.0, abs=0.2)


def test_provider_that_takes_no_calls_is_never_the_choice() -> None:
    policy = bandit()
    for _ in range(50):
        decision = policy.decide("support", USUAL, {"warm": False, "clear": True})
        assert [c.provider for c in decision.candidates] == ["clear", "warm"]
        assert [c.propensity for c in decision.candidates] == [1.0, 0.0]


def test_nobody_takes_calls() -> None:
    decision = bandit().decide("support", USUAL, {"warm": False, "clear": False})
    assert {c.propensity for c in decision.candidates} == {0.0}


def test_outage_is_left_within_ten_decisions_and_its_end_found() -> None:
    policy = bandit()
    for _ in range(200):
        policy.learn("clear", "explain", USUAL, 0.8)
    assert share(policy, "clear", "explain", 50) > 0.9
    for _ in range(10):
        policy.observe_try("clear", ok=False)
    assert share(policy, "clear", "explain") < 0.1
    for _ in range(10):
        policy.observe_try("clear", ok=True)
    assert share(policy, "clear", "explain") > 0.8


def test_statistics_of_parts_add_up_to_those_of_the_whole() -> None:
    whole, one, two = bandit(), bandit(), bandit()
    for number, task in enumerate(TASKS * 3):
        whole.learn("warm", task, USUAL, number / 20)
        (one if number % 2 else two).learn("warm", task, USUAL, number / 20)
    one.take_part(7, two.dumps())
    # Taken twice, a part still counts once.
    one.take_part(7, two.dumps())
    expected = {c.provider: c.score for c in whole.decide("plan", USUAL, BOTH).candidates}
    found = {c.provider: c.score for c in one.decide("plan", USUAL, BOTH).candidates}
    assert found == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("parts", [1, 8])
def test_drift_is_followed_as_fast_whatever_the_number_of_partitions(parts: int) -> None:
    policy = bandit()
    for number in range(2000):
        policy.learn("warm", "explain", USUAL, 1.0 if number < 1000 else -1.0, number % parts)
    (score,) = (c.score for c in policy.decide("explain", USUAL, BOTH).candidates if c.provider == "warm")
    # Of what came before the change a quarter is left.
    assert score == pytest.approx(-0.6, abs=0.1)


def test_statistics_survive_a_restart() -> None:
    before, after = bandit(), bandit()
    for _ in range(30):
        before.learn("clear", "support", USUAL, 1.0)
    after.take_part(0, before.dumps())
    scores = [{c.provider: c.score for c in p.decide("support", USUAL, BOTH).candidates} for p in (before, after)]
    assert scores[0] == scores[1]


@pytest.mark.parametrize("stored", [b"", b"[]", b'{"version":2}', b'{"version":1,"arms":{"a":{}}}', b'{"version":1}'])
def test_other_bytes_are_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        bandit().take_part(1, stored)


def test_unknown_provider_is_passed_over() -> None:
    policy = bandit()
    policy.learn("gone", "explain", USUAL, 1.0)
    policy.observe_try("gone", ok=False)
    assert len(policy.decide("explain", USUAL, {**BOTH, "gone": True}).candidates) == 2


def test_what_is_drawn_for_a_message_follows_from_its_id() -> None:
    providers = (replace(WARM, strengths={}), replace(CLEAR, strengths={}))
    messages = [str(uuid.UUID(int=number)) for number in range(200)]
    first, second = bandit(1, providers), bandit(2, providers)
    share(second, "warm", "explain", 7)
    decisions = [first.decide("explain", USUAL, BOTH, draw=id_) for id_ in messages]
    assert decisions == [second.decide("explain", USUAL, BOTH, draw=id_) for id_ in messages]
    # Other messages, other draws: the shares are those of the propensities.
    picked = sum(decision.candidates[0].provider == "warm" for decision in decisions)
    assert abs(picked - sum(decision.propensity("warm") for decision in decisions)) < 30
