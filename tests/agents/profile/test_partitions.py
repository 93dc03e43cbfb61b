"""What a record teaches is read at once and counts once it is done."""

import pytest

from agents.profile.observe import Observed, observe_attempt
from agents.profile.partitions import SharedPartitions
from agents.profile.shared import DIFFICULTY, Shared, read
from agents.profile.state import ProfileState
from config.curriculum import load
from schemas.codec import Event
from schemas.topics import ATTEMPTS
from tests.agents.profile.given import NOON, attempt


def observed(shared: SharedPartitions, offset: int, partition: int = 0) -> None:
    event = attempt(False, concept="multiplication", item_id="mul-1")
    shared.observe(observe_attempt, ProfileState(), event, (partition, ATTEMPTS.name, offset))


def attempts_published(shared: SharedPartitions, partition: int = 0) -> float:
    [event] = [event for event in shared.published(partition, NOON) if event["kind"] == DIFFICULTY]
    statistics = read(event)
    assert not isinstance(statistics, dict)
    assert statistics is not None
    return statistics.total[0]


def attempts_read(shared: SharedPartitions, partition: int) -> float:
    return shared.of(partition).difficulty_sums.total.total[0]


def test_a_record_is_published_once_it_is_done() -> None:
    shared = SharedPartitions(load())
    observed(shared, 1)
    observed(shared, 2)
    assert not shared.changed(0)
    shared.done(0, ATTEMPTS.name, 1)
    assert shared.changed(0)
    assert attempts_read(shared, 0) == 2
    assert attempts_published(shared) == 1
    assert not shared.changed(0)
    shared.done(0, ATTEMPTS.name, 2)
    assert attempts_published(shared) == 2
    assert attempts_read(shared, 0) == 2


def test_what_teaches_nothing_changes_nothing() -> None:
    shared = SharedPartitions(load())
    event = attempt()
    state = ProfileState()
    for offset in (1, 2):
        shared.observe(observe_attempt, state, event, (0, ATTEMPTS.name, offset))
    shared.done(0, ATTEMPTS.name, 2)
    shared.done(0, "any", 9)
    assert not shared.changed(0)


def test_an_attempt_at_a_record_that_fails_leaves_nothing_behind() -> None:
    shared = SharedPartitions(load())

    def fail(state: ProfileState, event: Event, of_partition: Shared) -> Observed:
        observe_attempt(state, event, of_partition)
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        shared.observe(fail, ProfileState(), attempt(), (0, ATTEMPTS.name, 1))
    shared.done(0, ATTEMPTS.name, 1)
    assert attempts_read(shared, 0) == 0
    assert shared.of(0).behaviour.mean("pace|fractions") is None
    assert not shared.changed(0)
    observed(shared, 1)
    shared.done(0, ATTEMPTS.name, 1)
    assert attempts_published(shared) == 1


def test_what_a_dead_letter_taught_is_taken_back_and_counts_once_when_it_is_sent_again() -> None:
    shared = SharedPartitions(load())
    observed(shared, 1)
    shared.refused(0, ATTEMPTS.name, 1)
    shared.done(0, ATTEMPTS.name, 1)
    assert attempts_read(shared, 0) == 0
    assert shared.of(0).behaviour.mean("pace|multiplication") is None
    assert not shared.changed(0)
    observed(shared, 2)
    shared.done(0, ATTEMPTS.name, 2)
    assert (attempts_read(shared, 0), attempts_published(shared)) == (1, 1)


def test_a_record_that_is_tried_again_teaches_once() -> None:
    shared = SharedPartitions(load())
    for _ in range(3):
        observed(shared, 1)
    assert attempts_read(shared, 0) == 1
    shared.done(0, ATTEMPTS.name, 1)
    assert (attempts_read(shared, 0), attempts_published(shared)) == (1, 1)


def test_two_publications_of_one_owner_replace_each_other() -> None:
    owner, reader = SharedPartitions(load()), SharedPartitions(load())
    for offset in range(3):
        observed(owner, offset)
        owner.done(0, ATTEMPTS.name, offset)
        for event in owner.published(0, NOON):
            reader.take(event, (1, 2))
    assert [attempts_read(reader, partition) for partition in (0, 1, 2)] == [0, 3, 3]
    observed(reader, 1, partition=1)
    assert attempts_read(reader, 1) == 4


def test_a_revoked_partition_begins_with_what_was_published() -> None:
    shared = SharedPartitions(load())
    observed(shared, 1)
    shared.done(0, ATTEMPTS.name, 1)
    published = shared.published(0, NOON)
    observed(shared, 2)
    shared.revoked()
    shared.done(0, ATTEMPTS.name, 2)
    assert attempts_read(shared, 0) == 0
    for event in published:
        shared.take(event, (0,))
    assert attempts_read(shared, 0) == 1
    assert attempts_published(shared) == 1
    assert shared.of(0).revision == 2


def test_the_owner_of_a_restored_partition_changes_no_one_elses_copy() -> None:
    owner, worker = SharedPartitions(load()), SharedPartitions(load())
    observed(owner, 1)
    owner.done(0, ATTEMPTS.name, 1)
    for event in owner.published(0, NOON):
        worker.take(event, (0, 1))
    observed(worker, 2)
    worker.done(0, ATTEMPTS.name, 2)
    assert [attempts_read(worker, partition) for partition in (0, 1)] == [2, 1]
    for event in worker.published(0, NOON):
        worker.take(event, (1,))
    assert attempts_read(worker, 1) == 2
    assert worker.of(1).behaviour.total["pace|multiplication"][0] == 2
