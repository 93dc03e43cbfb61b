from hypothesis import given
from hypothesis import strategies as st

from agents.routing import tokens


def test_estimate_is_bytes_by_three_point_two_and_four() -> None:
    assert tokens.estimate("") == 4
    assert tokens.estimate("x" * 32) == 14
    assert tokens.estimate("x" * 33) == 15
    assert tokens.estimate("é" * 16) == 14


@given(st.text(max_size=400), st.integers(0, 200))
def test_clipped_text_keeps_to_its_tokens(text: str, most: int) -> None:
    short = tokens.clipped(text, most)
    assert short == "" or tokens.estimate(short) <= most
    if tokens.estimate(text) <= most:
        assert short == text


def test_clipped_text_keeps_both_ends() -> None:
    short = tokens.clipped("first " + "middle " * 100 + "last", 20)
    assert short.startswith("first")
    assert short.endswith("last")
    assert "[…]" in short
