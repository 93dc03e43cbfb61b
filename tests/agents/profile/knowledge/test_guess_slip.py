import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.profile.knowledge.guess_slip import KNOWN_AT_FIRST, after_pause, after_practice, p_right, posterior

inner = st.floats(0.05, 0.4)


@settings(deadline=None)
@given(st.floats(0.01, 0.99), inner, inner)
def test_right_answers_raise_and_wrong_ones_lower_what_is_known(known: float, guess: float, slip: float) -> None:
    assert posterior(known, guess, slip, False) < known < posterior(known, guess, slip, True)


@settings(deadline=None)
@given(st.floats(0.01, 0.99), inner, inner)
def test_posteriors_average_to_the_prior(known: float, guess: float, slip: float) -> None:
    p = p_right(known, guess, slip)
    mean = p * posterior(known, guess, slip, True) + (1 - p) * posterior(known, guess, slip, False)
    assert mean == pytest.approx(known)


def test_practice_teaches_and_a_pause_unteaches() -> None:
    assert after_practice(0.5) > 0.5
    assert after_practice(1.0) < 1.0
    assert KNOWN_AT_FIRST < after_pause(0.9, 365.0) < after_pause(0.9, 10.0) < 0.9
    assert after_pause(0.2, 365.0) == 0.2
    assert after_pause(0.9, -1.0) == 0.9
