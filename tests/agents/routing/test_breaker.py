from agents.routing.breaker import (
    FIRST_COOLDOWN,
    LEAST_CALLS,
    MOST_COOLDOWN,
    MOST_RATE_LIMIT,
    PATIENCE,
    Breaker,
    Permit,
)


def permit(breaker: Breaker, now: float) -> Permit:
    given = breaker.acquire(now)
    assert given is not None
    return given


def opened(now: float = 100.0) -> Breaker:
    breaker = Breaker()
    for _ in range(LEAST_CALLS):
        breaker.failed(permit(breaker, now), now)
    assert breaker.is_open
    return breaker


def test_a_few_failures_do_not_open_it() -> None:
    breaker = Breaker()
    for _ in range(LEAST_CALLS - 1):
        assert not breaker.failed(permit(breaker, 1.0), 1.0)
    assert breaker.ready_at(1.0) == 1.0


def test_opening_is_told_once() -> None:
    breaker = Breaker()
    permits = [permit(breaker, 1.0) for _ in range(LEAST_CALLS + 3)]
    assert [breaker.failed(given, 1.0) for given in permits].count(True) == 1


def test_a_provider_that_fails_half_of_the_time_stays_closed() -> None:
    breaker = Breaker()
    for _ in range(50):
        breaker.failed(permit(breaker, 1.0), 1.0)
        breaker.succeeded(permit(breaker, 1.0), 1.0)
    assert not breaker.is_open


def test_open_takes_no_calls_until_the_cooldown_is_over_then_one_probe() -> None:
    breaker = opened(100.0)
    assert breaker.acquire(100.0 + FIRST_COOLDOWN / 2) is None
    assert breaker.ready_at(100.0) == 100.0 + FIRST_COOLDOWN
    probe = permit(breaker, 100.0 + FIRST_COOLDOWN)
    assert probe.probe
    assert breaker.acquire(101.0) is None
    assert breaker.ready_at(101.0) is None


def test_good_probe_closes_it() -> None:
    breaker = opened(100.0)
    assert breaker.succeeded(permit(breaker, 101.0), 101.0)
    assert not breaker.is_open
    assert not permit(breaker, 101.0).probe


def test_failed_probes_double_the_cooldown_up_to_a_cap() -> None:
    breaker, now, waits = opened(100.0), 100.0, []
    for _ in range(8):
        due = breaker.ready_at(now)
        assert due is not None
        waits.append(due - now)
        now = due
        breaker.failed(permit(breaker, now), now)
    assert waits[:3] == [FIRST_COOLDOWN, 2 * FIRST_COOLDOWN, 4 * FIRST_COOLDOWN]
    assert waits[-1] == MOST_COOLDOWN


def test_abandoned_probe_lets_the_next_one_through() -> None:
    breaker = opened(100.0)
    breaker.released(permit(breaker, 101.0))
    assert permit(breaker, 101.0).probe


def test_failures_of_calls_from_before_the_opening_change_nothing() -> None:
    breaker = Breaker()
    old = [permit(breaker, 1.0) for _ in range(40)]
    for _ in range(LEAST_CALLS):
        breaker.failed(permit(breaker, 1.0), 1.0)
    probe = permit(breaker, 2.0)
    for given in old:
        breaker.failed(given, 2.0)
    assert breaker.ready_at(2.0) is None
    breaker.succeeded(probe, 2.0)
    assert breaker.ready_at(2.0) == 2.0


def test_given_up_only_after_a_long_time() -> None:
    breaker = opened(100.0)
    assert not breaker.given_up(100.0 + PATIENCE)
    assert breaker.given_up(100.1 + PATIENCE)


def test_rate_limit_is_waited_out_and_is_no_failure() -> None:
    breaker = Breaker()
    for start in range(0, 40, 4):
        breaker.limited(permit(breaker, float(start)), float(start), 3.0)
        assert breaker.acquire(start + 2.9) is None
        assert breaker.ready_at(float(start)) == start + 3.0
    assert not breaker.is_open


def test_rate_limit_without_a_word_doubles_and_a_burst_counts_once() -> None:
    breaker = Breaker()
    for given in [permit(breaker, 0.0) for _ in range(50)]:
        breaker.limited(given, 0.0, None)
    assert breaker.ready_at(0.0) == 0.5
    breaker.limited(permit(breaker, 1.0), 1.0, None)
    assert breaker.ready_at(1.0) == 2.0


def test_rate_limit_has_a_cap() -> None:
    breaker = Breaker()
    breaker.limited(permit(breaker, 0.0), 0.0, 86400.0)
    assert breaker.ready_at(0.0) == MOST_RATE_LIMIT


def test_rate_limited_probe_ends_the_outage() -> None:
    breaker = opened(100.0)
    breaker.limited(permit(breaker, 101.0), 101.0, 2.0)
    assert not breaker.is_open
    assert breaker.ready_at(101.0) == 103.0


def test_others_failures_open_it_and_its_probe_comes_after_theirs() -> None:
    breaker = Breaker()
    assert breaker.told_open(100.0, open_for=0.0, failing_for=0.2, cooldown=0.5)
    assert breaker.is_open
    assert breaker.ready_at(100.0) == 100.5 + FIRST_COOLDOWN
    # The other one's probe failed: ours is put off again.
    assert not breaker.told_open(100.5, open_for=0.5, failing_for=0.7, cooldown=1.0)
    assert breaker.ready_at(100.5) == 101.5 + FIRST_COOLDOWN


def test_others_good_probe_closes_what_others_opened() -> None:
    breaker = Breaker()
    breaker.told_open(100.0, 0.0, 0.2, 0.5)
    assert breaker.told_closed(100.1)
    assert not breaker.is_open
    assert breaker.ready_at(100.1) == 100.1
    assert not breaker.told_closed(100.2)


def test_others_good_probe_lets_the_own_one_go_where_own_calls_failed() -> None:
    breaker = opened(100.0)
    assert breaker.told_closed(100.1)
    assert breaker.is_open
    probe = permit(breaker, 100.1)
    assert probe.probe
    # One probe at a time, whatever others tell.
    assert not breaker.told_closed(100.2)
    breaker.told_open(100.2, 1.0, 1.0, 0.5)
    assert breaker.acquire(110.0) is None
    assert breaker.succeeded(probe, 110.0)


def test_worker_that_gets_good_replies_meanwhile_does_not_believe_the_others() -> None:
    breaker = Breaker()
    breaker.succeeded(permit(breaker, 100.0), 100.0)
    assert not breaker.told_open(100.1, open_for=0.0, failing_for=0.5, cooldown=0.5)
    assert not breaker.is_open
    # A good reply from before their failures says nothing.
    assert breaker.told_open(100.7, open_for=0.0, failing_for=0.5, cooldown=0.5)


def test_failed_probe_after_hearsay_makes_it_the_own_finding() -> None:
    breaker = Breaker()
    breaker.told_open(100.0, 0.0, 0.2, 0.5)
    breaker.failed(permit(breaker, 102.0), 102.0)
    breaker.told_closed(102.1)
    assert breaker.is_open
    assert breaker.ready_at(102.1) == 102.1


def test_provider_that_others_miss_for_long_is_given_up_at_once() -> None:
    breaker = Breaker()
    breaker.told_open(1000.0, open_for=PATIENCE + 1, failing_for=PATIENCE + 1, cooldown=0.5)
    assert breaker.given_up(1000.0)


def test_what_is_told_of_a_breaker() -> None:
    breaker = Breaker()
    for moment in range(LEAST_CALLS):
        breaker.failed(permit(breaker, 100.0 + moment), 100.0 + moment)
    assert breaker.failing_for(106.0) == 6.0
    assert breaker.open_for(106.0) == 106.0 - (100.0 + LEAST_CALLS - 1)
    breaker.succeeded(permit(breaker, 106.0), 106.0)
    assert (breaker.failing_for(107.0), breaker.open_for(107.0)) == (0.0, 0.0)
