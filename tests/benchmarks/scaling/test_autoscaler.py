import pytest

from benchmarks.scaling.autoscaler import Autoscaler, Direction, wanted_for

FREE = Direction(0, 100, 60)


@pytest.mark.parametrize(
    ("total", "pods", "wanted"),
    [
        (0.0, 3, 0),
        (300.0, 3, 3),
        (329.0, 3, 3),  # within the tolerance of 10 %
        (331.0, 3, 4),
        (271.0, 3, 3),
        (269.0, 3, 3),  # beyond it, and rounded up
        (199.0, 3, 2),
    ],
)
def test_a_metric_wants_its_total_over_the_threshold_rounded_up(total: float, pods: int, wanted: int) -> None:
    assert wanted_for(total, 100.0, pods) == wanted


def test_the_most_of_all_metrics_holds_within_bounds() -> None:
    scaler = Autoscaler(FREE, FREE, 2, 8)
    assert scaler.decide(0, 2, [(300, 100), (50, 10)]) == 5
    assert scaler.decide(15, 5, [(5000, 100), (50, 10)]) == 8
    assert scaler.decide(30, 8, [(0, 100)]) == 2


def test_going_down_waits_for_the_most_of_its_window() -> None:
    scaler = Autoscaler(FREE, Direction(300, 100, 60), 1, 10)
    pods = scaler.decide(0, 1, [(600, 100)])
    assert pods == 6
    assert [scaler.decide(now, pods, [(100, 100)]) for now in (60, 180, 299)] == [6, 6, 6]
    assert scaler.decide(301, pods, [(200, 100)]) == 2


def test_going_up_waits_for_the_least_of_its_window() -> None:
    scaler = Autoscaler(Direction(60, 100, 60), FREE, 1, 10)
    assert scaler.decide(0, 1, [(100, 100)]) == 1
    assert scaler.decide(30, 1, [(600, 100)]) == 1
    assert scaler.decide(75, 1, [(500, 100)]) == 5


def test_a_policy_counts_what_its_period_has_added_already() -> None:
    scaler = Autoscaler(Direction(0, 4, 60), Direction(0, 1, 300), 1, 20)
    assert scaler.decide(0, 1, [(2000, 100)]) == 5
    assert scaler.decide(15, 5, [(2000, 100)]) == 5
    assert scaler.decide(61, 5, [(2000, 100)]) == 9
    # Down: one in five minutes, counted from what there was at the period's beginning.
    assert scaler.decide(500, 9, [(100, 100)]) == 8
    assert scaler.decide(600, 8, [(100, 100)]) == 8
    assert scaler.decide(801, 8, [(100, 100)]) == 7
