import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.analytics import varint


@given(st.lists(st.integers(min_value=-(2**62), max_value=2**62)))
def test_what_is_put_comes_back(numbers: list[int]) -> None:
    out = bytearray()
    for number in numbers:
        varint.put(out, varint.zigzag(number))
    assert [varint.unzigzag(number) for number in varint.numbers(bytes(out))] == numbers


def test_a_number_that_is_cut_off_is_refused() -> None:
    with pytest.raises(ValueError, match="cut off"):
        list(varint.numbers(b"\x80"))
