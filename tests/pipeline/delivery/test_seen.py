import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery import seen


@given(st.lists(st.integers(0, 50), max_size=80), st.integers(1, 20), st.binary(max_size=40))
def test_remembers_the_last_ids_and_no_others(numbers, most, state):
    ring = b""
    for number in numbers:
        ring, kept = seen.unpack(seen.pack(ring, state))
        assert kept == state
        ring = seen.add(ring, seen.digest("t", str(number)), most)
    last = set(numbers[-most:])
    assert {number for number in range(51) if seen.contains(ring, seen.digest("t", str(number)))} == last


def test_a_key_without_a_value_has_seen_nothing():
    assert seen.unpack(None) == (b"", None)


def test_ids_are_told_apart_by_topic():
    assert seen.digest("a", "1") != seen.digest("b", "1")


def test_a_mark_is_found_only_where_an_id_begins():
    first, second = bytes(range(8)), bytes(range(8, 16))
    assert not seen.contains(first + second, (first + second)[4:12])


@pytest.mark.parametrize("value", [b"", b"\x01", b"\x02\x00\x00", b"\x01\x00\x02" + bytes(15)])
def test_refuses_what_it_did_not_write(value):
    with pytest.raises(seen.CorruptStateError):
        seen.unpack(value)


def test_what_is_removed_is_no_longer_there_and_the_others_keep_their_order():
    marks = [seen.digest("t", str(number)) for number in range(3)]
    ring = b"".join(marks)
    assert seen.remove(ring, marks[1]) == marks[0] + marks[2]
    assert seen.remove(ring, seen.digest("t", "other")) == ring
