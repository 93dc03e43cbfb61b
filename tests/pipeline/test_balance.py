"""Loads over workers: balanced where it can be, and no partition moved without need."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.balance import TOLERANCE, balanced


def sums(loads: list[float], owned: dict[str, set[int]]) -> list[float]:
    return [sum(loads[partition] for partition in own) for own in owned.values()]


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=40),
    st.lists(st.sets(st.integers(0, 50)), min_size=1, max_size=6),
)
def test_every_partition_has_one_owner_whatever_was_held(loads: list[float], held: list[set[int]]) -> None:
    owned = balanced(loads, {f"w{number}": own for number, own in enumerate(held)})
    assert sorted(partition for own in owned.values() for partition in own) == list(range(len(loads)))
    assert len(owned) == len(held)


@given(st.integers(1, 60), st.integers(1, 7))
def test_equal_loads_are_spread_by_number(partitions: int, workers: int) -> None:
    owned = balanced([1.0] * partitions, {f"w{number}": set() for number in range(workers)})
    counts = [len(own) for own in owned.values()]
    assert max(counts) - min(counts) <= 1


def test_a_hot_partition_stands_alone_and_the_others_are_shared_by_the_rest() -> None:
    loads = [100.0, *[10.0] * 20]
    owned = balanced(loads, {"a": {0, 1, 2, 3, 4, 5, 6}, "b": set(range(7, 14)), "c": set(range(14, 21))})
    assert sorted(sums(loads, owned)) == [100, 100, 100]
    assert {0} in owned.values()


def test_what_is_balanced_already_is_left_where_it_is() -> None:
    loads = [5.0, 5.0, 5.02, 5.0]
    held = {"a": {0, 3}, "b": {1, 2}}
    assert balanced(loads, held) == held


def test_a_worker_that_joins_takes_its_share_and_no_more_is_moved() -> None:
    loads = [1.0] * 12
    held = {"a": set(range(6)), "b": set(range(6, 12)), "c": set()}
    owned = balanced(loads, held)
    assert [len(own) for own in owned.values()] == [4, 4, 4]
    assert owned["a"] < held["a"]
    assert owned["b"] < held["b"]


def test_many_partitions_of_uneven_load_come_within_the_tolerance() -> None:
    loads = [1000 / (rank + 20) for rank in range(256)]
    by_worker = sums(loads, balanced(loads, {f"w{number}": set() for number in range(8)}))
    assert max(by_worker) <= sum(loads) / 8 * (1 + TOLERANCE)
