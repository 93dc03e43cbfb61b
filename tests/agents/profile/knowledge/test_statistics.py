import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.profile.knowledge import SharedDifficulty, Statistics, merge
from agents.profile.knowledge.statistics import TABLES, Noted, easiness, guess_and_slip
from agents.profile.rarest import Room

names = st.sampled_from(["a", "b", "c"])
shares = st.floats(0.05, 0.95)
notes = st.builds(
    Noted,
    item=st.none() | names,
    concepts=st.lists(names, max_size=2, unique=True).map(tuple),
    correct=st.sampled_from([0.0, 1.0]),
    without_concept=shares,
    without_item=shares,
    probability=shares,
    known=shares,
    follows=st.none() | names,
    transitions=st.lists(names, max_size=2).map(tuple),
)


def statistics_of(noted: list[Noted]) -> Statistics:
    statistics = Statistics()
    for one in noted:
        statistics.observe(one)
    return statistics


def same(left: Statistics, right: Statistics) -> bool:
    return all(
        a.keys() == b.keys() and all(a[k] == pytest.approx(b[k], abs=1e-9) for k in a)
        for a, b in (
            ({"total": left.total}, {"total": right.total}),
            (left.items, right.items),
            (left.concepts, right.concepts),
            (left.follows, right.follows),
            (left.transitions, right.transitions),
        )
    )


@settings(deadline=None)
@given(st.lists(notes, max_size=30), st.data())
def test_partitions_merge_to_the_whole_in_any_order(noted: list[Noted], data: st.DataObject) -> None:
    where = data.draw(st.lists(st.integers(0, 2), min_size=len(noted), max_size=len(noted)))
    parts = [statistics_of([n for n, w in zip(noted, where, strict=True) if w == k]) for k in range(3)]
    order = data.draw(st.permutations(range(3)))
    assert same(merge(parts[k] for k in order), statistics_of(noted))


@settings(deadline=None)
@given(st.lists(notes, max_size=20), st.lists(notes, max_size=20))
def test_taking_a_partition_out_leaves_the_rest(kept: list[Noted], taken: list[Noted]) -> None:
    total = statistics_of(kept + taken)
    total.add(statistics_of(taken), -1.0)
    assert same(total.compacted(), statistics_of(kept))


@settings(deadline=None)
@given(st.lists(notes, max_size=20), st.integers(1, 5))
def test_shards_add_up_and_keep_their_keys(noted: list[Noted], shards: int) -> None:
    whole = statistics_of(noted)
    parts = whole.sharded(shards)
    assert len(parts) == shards
    assert same(merge(parts), whole)
    assert sum(len(part.items) for part in parts) == len(whole.items)


@pytest.mark.parametrize("room", [Room(1, 1000), Room(1000, 9)])
def test_the_rarest_of_each_table_are_forgotten_first(room: Room) -> None:
    shared = SharedDifficulty("p0")
    for key in ("often", "rare", "often", "other", "other"):
        shared.observe(Noted(key, (key,), 1.0, 0.5, 0.5, 0.5, 0.5, key, (key,)))
    shared.replace("p1", Statistics([3.0, 1.0], *({"other": [3.0, 1.0, 1.5]} for _ in range(4))))
    shared.prune(dict.fromkeys(TABLES, room))
    for name in ("items", "follows", "transitions"):
        assert getattr(shared.own, name).keys() == {"often"}
        assert getattr(shared.total, name) == {"often": [2.0, 2.0, 1.0], "other": [3.0, 1.0, 1.5]}
    assert shared.own.concepts.keys() == {"often"}
    assert shared.total.concepts.keys() == {"often", "other"}
    assert shared.total.total == [8.0, 6.0]


def test_what_another_partition_has_forgotten_is_no_entry_here_either() -> None:
    shared = SharedDifficulty("p0")
    shared.observe(Noted("mine", (), 1.0, 0.5, 0.5, 0.5, 0.5, None, ()))
    for number in range(50):
        shared.replace("p1", Statistics([1.0, 1.0], items={f"i{number}": [1.0, 1.0, 0.5], "mine": [1.0, 1.0, 0.5]}))
    assert shared.total.items == {"mine": [2.0, 2.0, 1.0], "i49": [1.0, 1.0, 0.5]}


def test_a_newer_publication_takes_the_place_of_the_older() -> None:
    note = Noted("i", ("c",), 1.0, 0.5, 0.5, 0.5, 0.5, None, ())
    shared = SharedDifficulty("p0")
    shared.observe(note)
    shared.replace("p1", statistics_of([note, note]))
    shared.replace("p1", statistics_of([note, note, note]))
    assert shared.total.items["i"][0] == pytest.approx(4.0)
    assert shared.own.items["i"][0] == 1.0


def test_the_own_partition_is_not_replaced_from_outside() -> None:
    with pytest.raises(ValueError, match="own"):
        SharedDifficulty("p0").replace("p0", Statistics())


def test_easiness_shrinks_to_nothing_and_grows_to_the_difference_of_log_odds() -> None:
    assert easiness(None, 5.0) == 0.0
    few = easiness([2.0, 2.0, 1.0], 5.0)
    many = easiness([2000.0, 1600.0, 1000.0], 5.0)
    assert 0.0 < few < many
    assert many == pytest.approx(math.log(0.8 / 0.2), abs=0.01)
    assert easiness([10.0, 10.0, 5.0], 0.0) < 20.0


def test_guess_and_slip_follow_their_soft_counts() -> None:
    prior = guess_and_slip(None)
    guess, slip = guess_and_slip([0.0, 0.0, 0.0, 1000.0, 400.0, 1000.0, 50.0])
    assert guess == pytest.approx(0.4, abs=0.01)
    assert slip == pytest.approx(0.05, abs=0.01)
    assert prior == (0.3, 0.15)
