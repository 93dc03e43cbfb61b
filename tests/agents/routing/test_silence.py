from agents.routing.silence import LEAST_CALLS, LEAST_SECONDS, TIMES, Silence

PACE = 1.0
PATIENCE = max(LEAST_SECONDS, TIMES * PACE)


def waiting(calls: int = LEAST_CALLS, now: float = 100.0) -> Silence:
    silence = Silence()
    for call in range(calls):
        silence.began(call, now)
    return silence


def test_silence_is_known_after_some_times_the_usual_pace() -> None:
    silence = waiting()
    assert silence.since(100.0 + PATIENCE - 0.1, PACE) is None
    assert silence.since(100.0 + PATIENCE, PACE) == 100.0
    # However quick the provider is, it has a while.
    assert silence.since(100.0 + LEAST_SECONDS - 0.1, 0.001) is None
    assert silence.since(100.0 + LEAST_SECONDS, 0.001) == 100.0


def test_a_few_calls_that_wait_are_no_silence() -> None:
    assert waiting(LEAST_CALLS - 1).since(1000.0, PACE) is None


def test_word_to_anybody_ends_it() -> None:
    silence = waiting(LEAST_CALLS + 1)
    silence.spoke(LEAST_CALLS, 101.0)
    assert silence.since(1000.0, PACE) is None
    # For those that began before the word; those after it are counted anew.
    for call in range(LEAST_CALLS):
        silence.ended(call)
        silence.began(f"later {call}", 102.0)
    assert silence.since(102.0 + PATIENCE, PACE) == 102.0


def test_calls_that_ended_wait_no_longer() -> None:
    silence = waiting()
    assert silence.waits
    for call in range(LEAST_CALLS):
        silence.ended(call)
    silence.ended("unknown")
    assert not silence.waits
    assert silence.since(1000.0, PACE) is None
