from pipeline.delivery.poison import PoisonGuard


def test_trips_when_more_than_the_ratio_of_a_full_window_is_refused():
    guard = PoisonGuard(window=10, ratio=0.5)
    assert not any(guard.count("s", "t", refused=True) for _ in range(9))
    assert guard.count("s", "t", refused=True)


def test_half_is_not_more_than_half():
    guard = PoisonGuard(window=10, ratio=0.5)
    assert not any(guard.count("s", "t", refused=bool(number % 2)) for number in range(100))
    assert guard.share("s", "t") == 0.5
    assert guard.count("s", "t", refused=True) or guard.count("s", "t", refused=True)


def test_forgets_what_has_left_the_window_and_keeps_topics_apart():
    guard = PoisonGuard(window=10, ratio=0.5)
    for _ in range(9):
        guard.count("s", "a", refused=True)
    for _ in range(10):
        assert not guard.count("s", "b", refused=False)
    tripped = [guard.count("s", "a", refused=False) for _ in range(10)]
    assert tripped[0]
    assert not tripped[-1]
    assert guard.share("s", "a") == 0.0
    assert guard.share("s", "never seen") == 0.0


def test_a_topic_that_others_read_too_trips_at_the_same_share():
    guard = PoisonGuard(window=10, ratio=0.5)
    tripped = False
    for number in range(100):
        bad = number % 5 < 3
        tripped |= guard.count("owner", "t", refused=bad)
        if not bad:
            # What is bad it passes over.
            assert not guard.count("reader", "t", refused=False)
    assert tripped
