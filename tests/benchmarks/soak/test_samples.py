"""Slopes and availability, from samples made by hand."""

import pytest

from benchmarks.faults.watch import Figures
from benchmarks.soak.__main__ import availability
from benchmarks.soak.conduct import SOAKED
from benchmarks.soak.samples import MB, Sample, growth, slope_per_hour
from cli.verify import Evidence, Sent, check


def test_the_slope_is_by_the_hour() -> None:
    assert slope_per_hour([(0.0, 1.0), (1800.0, 2.0), (3600.0, 3.0)]) == pytest.approx(2)
    assert slope_per_hour([(5.0, 1.0), (5.0, 3.0)]) == 0


def test_what_a_fault_does_to_memory_is_no_growth() -> None:
    quiet = [Sample(float(at), True, (100 + at) * MB, 40, 0) for at in range(0, 100, 2)]
    faults = [Sample(float(at), False, 10 * MB, 90, 0) for at in range(51, 80, 2)]
    found = growth(sorted(quiet + faults, key=lambda sample: sample.seconds))
    assert found["rss_slope_mb_per_h"] == pytest.approx(3600)
    assert found["fds_slope_per_h"] == 0


def test_late_and_unanswered_messages_count_against_availability() -> None:
    sent = [Sent("message", str(number), "a/b") for number in range(4)]
    verdict = check(Evidence(sent=sent))
    figures = Figures(verdict, 0, 0, 0, 0.0, 0, 0.0, {"0": 10.0, "1": 30_000.0, "2": 30_001.0})
    assert availability(figures, 30.0) == 0.5


def test_the_suite_s_faults_are_soaked_but_for_those_of_the_messages_themselves() -> None:
    names = {case.name for case in SOAKED}
    assert {"routing killed", "broker restart", "ClickHouse gone", "rebalance"} <= names
    assert not names & {"produced twice", "poison", "stuck learner"}
