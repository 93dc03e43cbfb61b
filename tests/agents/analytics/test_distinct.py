import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.analytics import distinct


def sketch(names: list[str]) -> distinct.Registers:
    registers: distinct.Registers = {}
    for name in names:
        distinct.add(registers, name)
    return registers


@pytest.mark.parametrize("count", [0, 1, 10, 100, 1000, 20_000, 200_000])
def test_counts_different_names_within_the_error_of_the_method(count: int) -> None:
    registers = sketch([f"learner {n}" for n in range(count)] * (2 if count < 1000 else 1))
    assert distinct.estimate(registers) == pytest.approx(count, rel=4 * 1.04 / 2048**0.5, abs=1)


@given(st.lists(st.lists(st.text(max_size=5)), max_size=4))
def test_parts_merge_to_the_sketch_of_the_whole(parts: list[list[str]]) -> None:
    whole = sketch([name for part in parts for name in part])
    assert distinct.merged(sketch(part) for part in parts) == whole
    assert distinct.loads(distinct.dumps(whole)) == whole


def test_is_small_however_many_there_are() -> None:
    assert len(distinct.dumps(sketch([str(n) for n in range(50_000)]))) < 4_200


def test_refuses_other_bytes() -> None:
    with pytest.raises(ValueError, match="version"):
        distinct.loads(b"\x09")
