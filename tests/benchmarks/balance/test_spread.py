"""Shares of the ideal, on loads small enough to add up by hand."""

from aiokafka.partitioner import murmur2

from benchmarks.balance.learners import zipf
from benchmarks.balance.spread import by_partition, counted, share_of_ideal, weighed


def test_a_learner_s_load_is_where_kafka_puts_its_key() -> None:
    loads = by_partition({"ada": 3.0, "ben": 2.0}, 8)
    assert loads[(murmur2(b"school/ada") & 0x7FFFFFFF) % 8] >= 3
    assert sum(loads) == 5


def test_the_share_is_mean_over_most() -> None:
    assert share_of_ideal([2.0, 4.0]) == 0.75
    assert counted([4.0, 1.0, 4.0, 1.0], 2) == [8.0, 2.0]


def test_partitions_weighed_before_are_judged_by_what_comes() -> None:
    assert sorted(weighed([8.0, 0.0, 8.0, 0.0], [4.0, 1.0, 4.0, 1.0], 2)) == [5.0, 5.0]
    assert sorted(weighed([0.0, 0.0, 0.0, 0.0], [9.0, 0.0, 0.0, 0.0], 2)) == [0.0, 9.0]


def test_activity_is_zipf_shaped_and_the_next_period_another_draw() -> None:
    activity = zipf(1.0, learners=2000)
    assert activity.measured != activity.coming
    coming = sorted(activity.coming.values(), reverse=True)
    assert 0.8 < coming[0] / (10 * coming[9]) < 1.25
