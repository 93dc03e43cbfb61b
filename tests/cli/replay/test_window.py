from cli.replay.window import FEWEST, FIRST, SLOW_SECONDS, Window


def test_it_grows_with_quick_answers_up_to_the_most() -> None:
    window = Window(40)
    assert window.limit == FIRST
    window.observe(1.0, 10, 0.1)
    assert window.limit == FIRST + 10
    window.observe(2.0, 100, SLOW_SECONDS)
    assert window.limit == 40


def test_it_halves_while_answers_are_slow_but_not_at_each_look() -> None:
    window = Window(256)
    window.observe(0.0, 240, 0.1)
    assert window.limit == 256
    slow = SLOW_SECONDS + 1
    limits = []
    for tick in range(int(20 * SLOW_SECONDS)):
        window.observe(tick / 10, 5, slow)
        limits.append(window.limit)
    assert limits[:2] == [128, 128]
    assert limits[-1] == 64
    for second in range(100):
        window.observe(100 + second * SLOW_SECONDS, 0, slow)
    assert window.limit == FEWEST


def test_it_recovers_once_answers_are_quick_again() -> None:
    window = Window(256)
    window.observe(0.0, 0, 99.0)
    halved = window.limit
    window.observe(1.0, 3, 0.5)
    assert window.limit == halved + 3


def test_the_most_holds_from_the_start() -> None:
    window = Window(1)
    window.observe(0.0, 5, 0.0)
    assert window.limit == 1
    window.observe(1.0, 0, 99.0)
    assert window.limit == 1
