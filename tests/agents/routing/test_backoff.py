from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agents.routing import backoff


@given(st.integers(1, 1000), st.integers())
def test_waits_double_up_to_the_cap_with_jitter(round_number: int, seed: int) -> None:
    span = min(backoff.MOST_SECONDS, backoff.BASE_SECONDS * 2.0 ** (round_number - 1))
    assert span / 2 <= backoff.wait(round_number, Random(seed)) <= span


def test_two_callers_do_not_wait_alike() -> None:
    assert backoff.wait(3, Random(1)) != backoff.wait(3, Random(2))
