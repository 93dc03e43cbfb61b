import pytest

from agents.profile.knowledge.effects import faded, moved, sigmoid, with_pause


def test_sigmoid_is_safe_at_the_ends() -> None:
    assert sigmoid(0.0) == 0.5
    assert 0.0 < sigmoid(-1e9) < 1e-15 < 1.0 - 1e-12 < sigmoid(1e9) <= 1.0


def test_a_surprise_moves_the_uncertain_more_and_narrows() -> None:
    mean, variance = moved(0.0, 1.0, 0.25, 1.5, 0.5, 1.0)
    sure, _ = moved(0.0, 0.1, 0.25, 1.5, 0.5, 1.0)
    assert mean == pytest.approx(1.0 / 1.375 * 0.5)
    assert variance == pytest.approx(1.0 - 0.25 / 1.375)
    assert sure < mean


def test_many_attempts_settle_at_the_true_rate() -> None:
    mean, variance = 0.0, 1.0
    for k in range(2000):
        p = sigmoid(mean)
        mean, variance = moved(mean, variance + 0.001, p * (1 - p), variance, float(k % 5 != 0) - p, 1.0)
    assert sigmoid(mean) == pytest.approx(0.8, abs=0.06)


def test_pauses_fade_effects_and_widen_up_to_the_prior() -> None:
    assert faded(1.0, 90.0) == pytest.approx(0.5)
    assert faded(1.0, -3.0) == 1.0
    assert with_pause(0.2, 10.0, 1.0) == pytest.approx(0.3)
    assert with_pause(0.2, 1e6, 1.0) == 1.0
