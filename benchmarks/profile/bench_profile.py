"""What the profile costs: time and bytes an event and a learner, and how they grow.

    python -m benchmarks.profile.bench_profile [--learners 1000000]

An event is read from its bytes, observed (attempts and replies, two to one) and written back, as a worker does it;
producing and broker are not counted. Each event is timed on its own and repeated; its least time counts, since other
work on the machine only ever adds. The cost of many learners is measured over a store of that many states, each with
memory of its own and picked at random; the cost of a long history on what follows 10 and 10,000 events of a learner.
"""

import argparse
import random
import sys
from time import perf_counter

from agents.profile.observe import observe_attempt, observe_response
from agents.profile.shared import Shared
from agents.profile.state import loads
from benchmarks.history import record
from benchmarks.profile.stream import history
from schemas.codec import Event

OBSERVE = {"attempt": observe_attempt, "response": observe_response}
REPEATS = 7
Events = list[tuple[str, Event]]


def one(payload: bytes, kind: str, event: Event, shared: Shared) -> bytes:
    """Read, observe, write."""
    return OBSERVE[kind](loads(payload), event, shared).state.dumps()


def chain(payload: bytes, events: Events, shared: Shared) -> list[float]:
    """Microseconds of each of `events`, one after another on the same learner."""
    took = []
    for kind, event in events:
        before = perf_counter()
        payload = one(payload, kind, event, shared)
        took.append((perf_counter() - before) * 1e6)
    return took


def least(runs: list[list[float]]) -> float:
    """Mean over events of the least time of each in any of the runs."""
    total: float = sum(min(times) for times in zip(*runs, strict=True))
    return total / len(runs[0])


def after(events: int, shared: Shared, learner: int = 1, more: int = 0) -> tuple[bytes, Events]:
    """The state after `events` events of a learner, and the `more` events that follow."""
    payload = b""
    stream = list(history(learner, events + more, shared.curriculum))
    for kind, event in stream[:events]:
        payload = one(payload, kind, event, shared)
    return payload, stream[events:]


def by_history(shared: Shared) -> tuple[float, float, int, int]:
    """Microseconds an event, and bytes, after 10 and after 10,000 events. Taken in turns, so that both meet the same
    disturbances."""
    short = [after(10, shared, learner, more=20) for learner in range(2, 42)]
    long = [after(10_000, shared, more=800)]
    runs: dict[str, list[list[float]]] = {"short": [], "long": []}
    for _ in range(REPEATS):
        for name, starts in (("short", short), ("long", long)):
            runs[name].append([took for start in starts for took in chain(*start, shared)])
    return least(runs["short"]), least(runs["long"]), len(short[0][0]), len(long[0][0])


def by_learners(shared: Shared, many: int) -> tuple[float, float]:
    """Microseconds an event with 1,000 and with `many` learners' states in memory."""
    rng = random.Random(1)
    made = [after(40 + learner % 60, shared, learner, more=5) for learner in range(200)]
    work = [(template, pair) for template, (_, events) in enumerate(made) for pair in events]
    rng.shuffle(work)
    costs = []
    for count in (1000, many):
        # A bytearray's copy makes bytes of its own for each learner.
        store = [bytes(bytearray(made[number % len(made)][0])) for number in range(count)]
        copies = count // len(made)
        runs = []
        for _ in range(REPEATS):
            took = []
            for template, pair in work:
                payload = store[template + len(made) * rng.randrange(copies)]
                took += chain(payload, [pair], shared)
            runs.append(took)
        costs.append(least(runs))
        print(f"{count} learners: {costs[-1]:.1f} us an event", file=sys.stderr)
    return costs[0], costs[1]


def run(learners: int) -> dict[str, float | int | str]:
    shared = Shared()
    short, long, short_bytes, long_bytes = by_history(shared)
    few, many = by_learners(shared, learners)
    payload, following = after(500, shared, 2, more=600)
    attempts = [pair for pair in following if pair[0] == "attempt"]
    attempt_us = least([chain(payload, attempts, shared) for _ in range(REPEATS)])
    return {
        "us_per_event": round(few, 1),
        "us_per_attempt": round(attempt_us, 1),
        "bytes_per_learner": long_bytes,
        "bytes_per_learner_after_10_events": short_bytes,
        "cost_ratio_1m_to_1k_learners": round(many / few, 3),
        "cost_ratio_10k_to_10_events": round(long / short, 3),
        "learners": learners,
        "model": shared.model_name,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=1_000_000)
    record("profile", run(parser.parse_args().learners))


if __name__ == "__main__":
    main()
