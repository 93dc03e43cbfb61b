from hypothesis import given, settings
from hypothesis import strategies as st

from cli.learner.progress import unread

PLACES = st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 2))


def test_records_before_the_end_that_are_not_committed_are_unread() -> None:
    ends = {("a", 0): 10, ("b", 0): 4}
    assert unread(ends, {("a", 0): 7, ("b", 0): 4}) == 3
    assert unread(ends, {}) == 14
    assert unread({}, {}) == 0


@settings(deadline=None)
@given(st.dictionaries(PLACES, st.integers(0, 9)), st.dictionaries(PLACES, st.integers(0, 9)))
def test_nothing_is_unread_exactly_when_every_end_is_reached(
    ends: dict[tuple[str, int], int], committed: dict[tuple[str, int], int]
) -> None:
    reached = all(committed.get(place, 0) >= end for place, end in ends.items())
    assert (unread(ends, committed) == 0) == reached
