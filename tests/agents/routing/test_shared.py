from typing import Any

import pytest

from agents.routing.bandit import Bandit
from agents.routing.shared import RoutingSums
from agents.routing.spending import Spending
from schemas import codec
from tests.agents.routing.conftest import declared

PROVIDERS = [declared("one", "http://127.0.0.1:1/v1"), declared("two", "http://127.0.0.1:1/v1")]
REWARD: dict[str, Any] = {"provider": "two", "task": "explain", "features": {"mastery": 0.4}, "value": 1.0}
BOTH = {"one": True, "two": True}
DAY = 20_000


class Worker:
    """One worker's sums."""

    def __init__(self) -> None:
        self.bandit, self.spending = Bandit(PROVIDERS, seed=1), Spending()
        self.sums = RoutingSums(self.bandit, self.spending)

    def learn(self, partition: int, times: int, first: int = 0) -> None:
        for offset in range(first, first + times):
            self.sums.rewarded((partition, "rewards", offset), REWARD)
            self.sums.done(partition, "rewards", offset)
            self.sums.spent((partition, "scored", offset), "school", DAY, 0.5)
            self.sums.done(partition, "scored", offset)

    def score(self) -> float:
        candidates = self.bandit.decide("explain", REWARD["features"], BOTH).candidates
        return next(candidate.score for candidate in candidates if candidate.provider == "two")


def published(worker: Worker, partition: int) -> list[codec.Event]:
    """As they come back from the topic."""
    events = worker.sums.published(partition, 1)
    return [codec.decode("SharedStatistics", codec.encode("SharedStatistics", event)) for event in events]


def test_a_record_that_is_not_done_teaches_nothing() -> None:
    worker = Worker()
    before = worker.score()
    worker.sums.rewarded((0, "rewards", 1), REWARD)
    worker.sums.spent((0, "scored", 1), "school", DAY, 0.5)
    assert (worker.score(), worker.spending.usd(DAY), worker.sums.changed(0)) == (before, 0.0, False)
    worker.sums.done(0, "rewards", 1)
    worker.sums.done(0, "scored", 1)
    assert worker.score() > before
    assert worker.spending.usd(DAY, "school") == 0.5
    assert worker.sums.changed(0)


def test_a_record_that_is_refused_teaches_nothing_but_has_cost_what_it_has() -> None:
    worker = Worker()
    before = worker.score()
    worker.sums.rewarded((0, "rewards", 1), REWARD)
    worker.sums.refused(0, "rewards", 1)
    worker.sums.done(0, "rewards", 1)
    assert (worker.score(), worker.sums.changed(0)) == (before, False)
    worker.sums.spent((0, "scored", 1), "school", DAY, 0.5)
    worker.sums.refused(0, "scored", 1)
    assert worker.spending.usd(DAY, "school") == 0.5
    assert worker.sums.changed(0)


def test_a_restarted_worker_goes_on_from_what_it_published() -> None:
    before, after = Worker(), Worker()
    before.learn(3, 20)
    for event in published(before, 3):
        after.sums.take(event, (3,))
    assert after.score() == before.score()
    after.learn(3, 1, first=20)
    assert after.spending.usd(DAY) == 10.5
    assert [event["revision"] for event in published(after, 3)] == [2, 2]


def test_another_workers_partition_adds_to_ours_and_our_own_word_does_not_come_back() -> None:
    one, two = Worker(), Worker()
    one.learn(0, 5)
    two.learn(1, 7)
    for event in published(one, 0):
        one.sums.take(event, (0,))
    one.learn(0, 1, first=5)
    for event in (*published(two, 1), *published(two, 1)):
        one.sums.take(event, (0,))
    assert one.spending.usd(DAY) == 6.5
    old = published(one, 0)
    one.learn(0, 1, first=6)
    for event in old:
        one.sums.take(event, (2,))
    assert one.spending.usd(DAY) == 7.0


def test_after_a_revocation_nothing_is_left() -> None:
    worker = Worker()
    fresh = worker.score()
    worker.learn(0, 5)
    worker.sums.revoked()
    assert (worker.score(), worker.spending.usd(DAY), worker.sums.changed(0)) == (fresh, 0.0, False)


def test_kinds_of_other_stages_are_left_alone_and_damaged_ones_refused() -> None:
    worker = Worker()
    (event, _) = published(worker, 0)
    worker.sums.take({**event, "kind": "behaviour", "statistics": b"?"}, (1,))
    with pytest.raises(ValueError, match=r"."):
        worker.sums.take({**event, "statistics": b"?"}, (1,))
