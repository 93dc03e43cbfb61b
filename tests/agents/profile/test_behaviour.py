"""Sums over learners: they add up over partitions, and rates are drawn to what is known while they are few."""

import pytest

from agents.profile.behaviour import Behaviour, loads
from agents.profile.rarest import Room


def test_an_estimate_goes_from_the_prior_to_its_kind_to_its_cell() -> None:
    behaviour = Behaviour()
    assert behaviour.estimate("leave", "a", 0.2, 10.0)[0] == pytest.approx(0.2)
    for _ in range(1000):
        behaviour.note("leave", "b", 1.0)
    assert behaviour.estimate("leave", "a", 0.2, 10.0)[0] == pytest.approx(1002 / 1010)
    for _ in range(1000):
        behaviour.note("leave", "a", 0.0)
    assert behaviour.estimate("leave", "a", 0.2, 10.0)[0] < 0.01
    assert behaviour.estimate("leave", "b", 0.2, 10.0)[0] > 0.99


def test_the_standard_error_shrinks_with_what_was_seen() -> None:
    behaviour = Behaviour()
    errors = []
    for _ in range(4):
        errors.append(behaviour.estimate("leave", "a", 0.2, 10.0)[1])
        for number in range(100):
            behaviour.note("leave", "a", float(number % 2))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0] / 3


def test_pace_is_the_mean_log_of_seconds() -> None:
    behaviour = Behaviour()
    assert behaviour.mean("pace|fractions") is None
    behaviour.note_pace("fractions", 2.0)
    behaviour.note_pace("fractions", 8.0)
    # The geometric mean of 2 and 8 is 4.
    assert behaviour.mean("pace|fractions") == pytest.approx(1.3862943611)


def test_what_another_partition_says_replaces_what_it_said_before() -> None:
    reader, owner = Behaviour(), Behaviour()
    reader.add("x", 10.0)
    for _ in range(3):
        owner.add("x", 4.0)
        reader.replace(7, loads(owner.dumps()))
    assert reader.total["x"] == [4.0, 22.0, 148.0]
    assert reader.own["x"] == [1.0, 10.0, 100.0]


def test_an_owner_that_is_restored_goes_on_from_its_own_sums() -> None:
    before = Behaviour()
    before.add("x", 4.0)
    after = Behaviour()
    after.add("x", 1.0)
    after.restore(loads(before.dumps()))
    after.add("x", 2.0)
    assert after.own["x"] == after.total["x"] == [2.0, 6.0, 20.0]
    assert before.own["x"] == [1.0, 4.0, 16.0]


def test_what_is_settled_counts_as_own_and_what_is_undone_counts_nowhere() -> None:
    behaviour = Behaviour()
    behaviour.total["x"] = [2.0, 6.0, 20.0]
    behaviour.settle({"x": [1.0, 4.0, 16.0]})
    behaviour.undo({"x": [1.0, 2.0, 4.0]})
    assert behaviour.own["x"] == behaviour.total["x"] == [1.0, 4.0, 16.0]


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"version": 9, "sums": {}}'])
def test_other_bytes_are_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        loads(payload)


def test_the_rarest_sums_are_forgotten_first_and_by_readers_with_the_next_publication() -> None:
    reader, owner = Behaviour(), Behaviour()
    for key in ("often", "rare", "often"):
        owner.add(key, 4.0)
    reader.add("rare", 1.0)
    reader.replace(7, loads(owner.dumps()))
    owner.prune(Room(1, 100))
    assert owner.own == owner.total == {"often": [2.0, 8.0, 32.0]}
    reader.replace(7, loads(owner.dumps()))
    assert reader.total == {"rare": [1.0, 1.0, 1.0], "often": [2.0, 8.0, 32.0]}
    reader.replace(7, {})
    assert reader.total.keys() == {"rare"}
