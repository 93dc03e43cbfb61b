import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.prefix import Prefix


@given(st.lists(st.integers(0, 10**6), unique=True, max_size=30).map(sorted), st.randoms(use_true_random=False))
def test_releases_each_item_once_in_offset_order_and_never_past_an_unfinished_one(offsets, random):
    prefix: Prefix[int] = Prefix()
    entries = [prefix.begin(offset, offset) for offset in offsets]
    random.shuffle(entries)
    released: list[int] = []
    finished: set[int] = set()
    for entry in entries:
        finished.add(entry.offset)
        released += prefix.finish(entry)
        unfinished = [offset for offset in offsets if offset not in finished]
        assert all(offset < min(unfinished) for offset in released) if unfinished else True
        assert prefix.oldest() == (min(unfinished) if unfinished else None)
    assert released == offsets


def test_measures_how_far_an_offset_runs_ahead():
    prefix: Prefix[str] = Prefix()
    assert prefix.span(7) == 0
    first = prefix.begin(5, "a")
    prefix.begin(6, "b")
    assert prefix.span(9) == 4
    prefix.finish(first)
    assert prefix.span(9) == 3


def test_refuses_an_offset_that_goes_back():
    prefix: Prefix[str] = Prefix()
    prefix.begin(5, "a")
    with pytest.raises(ValueError, match="offset 5 came after 5"):
        prefix.begin(5, "b")
