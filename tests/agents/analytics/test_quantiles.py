import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.analytics import quantiles

figures = st.lists(st.floats(min_value=0.01, max_value=1e9), min_size=1, max_size=200)


def sketch(values: list[float]) -> quantiles.Buckets:
    buckets: quantiles.Buckets = {}
    for value in values:
        quantiles.add(buckets, value)
    return buckets


@given(figures, st.floats(min_value=0, max_value=1))
def test_a_quantile_is_off_by_at_most_the_accuracy(values: list[float], share: float) -> None:
    exact = sorted(values)[max(1, math.ceil(share * len(values))) - 1]
    found = quantiles.quantile(sketch(values), share)
    assert found == pytest.approx(exact, rel=quantiles.ACCURACY * 1.001)


@given(st.lists(figures, min_size=1, max_size=4))
def test_parts_merge_to_the_sketch_of_the_whole_in_any_order(parts: list[list[float]]) -> None:
    whole = sketch([value for part in parts for value in part])
    sketches = [sketch(part) for part in parts]
    assert quantiles.merged(sketches) == quantiles.merged(reversed(sketches)) == whole


@given(figures)
def test_bytes_and_back(values: list[float]) -> None:
    assert quantiles.loads(quantiles.dumps(sketch(values))) == sketch(values)


def test_zero_and_the_enormous_are_counted_at_the_ends() -> None:
    buckets = sketch([0.0, -1.0, 1e300])
    assert sum(buckets.values()) == 3
    assert quantiles.quantile({}, 0.5) is None


def test_refuses_other_bytes() -> None:
    with pytest.raises(ValueError, match="version"):
        quantiles.loads(b"\x09")
