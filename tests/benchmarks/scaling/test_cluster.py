from benchmarks.scaling.cluster import REBALANCE_SECONDS, START_SECONDS, Course, run


def steady(pods: int) -> Course:
    return run([600.0] * 30, 8.0, 1, 30.0, lambda _now, _pods, _lag: pods, 15, 0)


def test_enough_workers_are_never_late() -> None:
    course = run([600.0] * 30, 10.0, 1, 30.0, lambda _now, pods, _lag: pods, 15, 0)
    assert not any(course.late)
    assert (course.records, course.late_records, course.scalings) == (18_000.0, 0.0, 0)
    assert course.replica_hours() == 0.5


def test_a_worker_too_few_gets_later_and_later() -> None:
    course = steady(1)
    # 10/s come, 8/s go: after two and a half minutes what goes is 30 s old, and so is all that follows.
    assert course.late.index(True) == 2
    assert all(course.late[2:])
    assert 0.5 < course.late_records / course.records < 0.9


def test_a_worker_that_comes_works_off_what_waits() -> None:
    course = steady(2)
    assert course.pods == [2] * 30
    assert course.scalings == 1
    # Until it has started and the group stood still, 10/s waited: 30 s were exceeded then, and no longer.
    assert START_SECONDS + REBALANCE_SECONDS > 60
    assert any(course.late[:4]) and not any(course.late[4:])


def test_lag_is_what_waits() -> None:
    seen: dict[float, float] = {}

    def decide(now: float, pods: int, lag: float) -> int:
        seen[now] = lag
        return pods

    run([600.0] * 2, 8.0, 1, 30.0, decide, 15, 0)
    assert seen[0] == 0
    assert abs(seen[60] - 60 * 2.0) < 1e-6


def test_pods_that_go_before_they_join_stop_nobody() -> None:
    plan = {0.0: 3, 15.0: 1}
    course = run([480.0] * 5, 8.0, 1, 30.0, lambda now, pods, _lag: plan.get(now, pods), 15, 0)
    assert course.scalings == 2
    assert not any(course.late)
