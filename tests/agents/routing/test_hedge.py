from agents.routing.hedge import ALLOWANCE, LEAST_SAMPLES, MOST_SHARE, HedgeShare, Pace, Race


def test_slow_is_what_is_behind_nearly_all_of_the_last_replies() -> None:
    pace = Pace()
    for n in range(LEAST_SAMPLES - 1):
        pace.began_after(0.1 * n)
    assert pace.slow_after is None
    pace.began_after(9.0)
    assert pace.slow_after == 0.1 * (LEAST_SAMPLES - 2)
    for _ in range(100):
        pace.began_after(0.5)
    assert pace.slow_after == 0.5


def test_share_of_second_requests_is_bounded() -> None:
    share, hedged = HedgeShare(), 0
    for calls in range(1, 2001):
        share.called()
        hedged += share.take()
        assert hedged <= MOST_SHARE * (calls + ALLOWANCE)
    assert hedged >= MOST_SHARE * 2000


def test_a_quiet_day_pays_for_no_flood_of_second_requests() -> None:
    share = HedgeShare()
    for _ in range(100_000):
        share.called()
    hedged = 0
    for _ in range(1000):
        share.called()
        hedged += share.take()
    # Its share of the slow calls themselves, and of as many before them.
    assert hedged <= 2 * MOST_SHARE * 1000


def test_only_the_first_to_speak_is_heard() -> None:
    race = Race()
    assert not race.begun.is_set()
    assert race.heard("two")
    assert not race.heard("one")
    assert race.heard("two")
    assert race.begun.is_set()
    assert race.loses("one")
    assert not race.loses("two")
