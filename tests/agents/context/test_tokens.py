import math

from hypothesis import given
from hypothesis import strategies as st

from agents.context import tokens


@given(st.text(max_size=500))
def test_counts_a_token_for_every_started_3_2_bytes_and_4_for_the_message(text: str) -> None:
    size = len(text.encode())
    assert tokens.count(text) == math.ceil(size * 10 / 32) + 4


def test_an_empty_message_still_costs_its_overhead() -> None:
    assert tokens.count("") == 4
