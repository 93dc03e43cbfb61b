"""The capacity model: figures that can be worked out by hand, and what must hold whatever is measured."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.capacity.model import Assumed, Measured, plan, throughput

MEASURED = Measured(
    cpu_ms={"core": 6.0, "routing": 3.0, "sinks": 1.0, "broker": 2.0, "clickhouse": 1.0},
    load_cpu_ms=2.0,
    cores=2,
    memory_mb={"core": 300.0, "routing": 350.0, "sinks": 200.0},
    topic_bytes=10_000.0,
    row_bytes=1_000.0,
    state_bytes=100_000.0,
    session_kib=36.0,
)


def test_a_machine_is_full_or_its_busiest_worker_is() -> None:
    assert throughput(MEASURED.cpu_ms, 2.0, 2) == pytest.approx(2000 / 15)
    assert throughput(MEASURED.cpu_ms, 2.0, 16) == pytest.approx(1000 / 6)


def test_ten_thousand_learners_need_no_more_than_the_least_of_everything() -> None:
    made = plan(MEASURED, 10_000, 100_000, Assumed())
    assert made.rate == pytest.approx(100_000 * 6 / 86_400)
    assert made.workers == {"core": 2, "routing": 2, "sinks": 2}
    assert (made.clusters, made.brokers, made.clickhouse_shards, made.clickhouse_nodes) == (1, 3, 1, 2)
    assert made.partitions == 128
    assert "one machine" in made.changes[0]


def test_workers_follow_their_processor_time() -> None:
    # 864 million a day at six times the mean: 60,000 a second, of 6 ms each, on cores 60 % full.
    made = plan(MEASURED, 86_400_000, 864_000_000, Assumed())
    assert sum(made.workers.values()) >= 60_000 * 0.010 / 0.6
    assert made.workers["core"] >= 600
    assert made.clusters == 19
    assert made.workers["core"] % made.clusters == 0
    assert made.partitions == 1024
    assert any("clusters" in change for change in made.changes)


def test_routing_is_bound_by_calls_in_flight_where_providers_are_slow() -> None:
    quick = plan(MEASURED, 10**6, 10**8, Assumed())
    slow = plan(MEASURED, 10**6, 10**8, Assumed(provider_seconds=60.0))
    assert slow.workers["routing"] == 84 > quick.workers["routing"]
    assert any("calls in flight" in change for change in slow.changes)


def test_what_does_not_fit_the_brokers_disks_is_tiered_and_rows_are_sharded() -> None:
    small = plan(MEASURED, 10_000, 10**6, Assumed())
    large = plan(MEASURED, 10_000, 10**8, Assumed(ttl_days=365.0))
    assert small.tiered_gb == 0
    # 10^8 messages, seven days, 10 kB, three copies.
    assert large.tiered_gb + large.broker_disk_gb == pytest.approx(21_000 + 3)
    assert plan(MEASURED, 10_000, 10**8, Assumed(retention_days=30.0)).tiered_gb > 0
    assert large.clickhouse_shards == 16
    assert large.clickhouse_disk_gb == pytest.approx(36_500 * 2)


def test_replies_cost_by_the_message() -> None:
    made = plan(MEASURED, 10_000, 10**6, Assumed(usd_reply=0.0004))
    assert made.usd_replies_month == pytest.approx(12_000)


@given(st.integers(1, 10**8), st.floats(1, 10**9))
def test_more_messages_never_need_less(learners: int, per_day: float) -> None:
    one = plan(MEASURED, learners, per_day, Assumed())
    more = plan(MEASURED, learners, per_day * 3, Assumed())
    assert all(more.workers[app] >= count for app, count in one.workers.items())
    assert more.clickhouse_nodes >= one.clickhouse_nodes
    assert more.usd_month >= one.usd_month
    dearer = plan(replace(MEASURED, cpu_ms={**MEASURED.cpu_ms, "core": 12.0}), learners, per_day, Assumed())
    assert dearer.workers["core"] >= one.workers["core"]
