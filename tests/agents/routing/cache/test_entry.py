import numpy as np
import pytest

from agents.routing.cache.entry import Entry, EntryError, likeness

ENTRY = Entry(("prime", "number"), bytes(range(8)), 1_780_000_000_000_000, "a1b2")


def test_round_trip() -> None:
    assert Entry.loads(ENTRY.dumps()) == ENTRY


@pytest.mark.parametrize("value", [b"", b"\x02" + ENTRY.dumps()[1:], ENTRY.dumps()[:14], b"\x01" * 40])
def test_what_is_no_entry_is_refused(value: bytes) -> None:
    with pytest.raises(EntryError):
        Entry.loads(value)


def test_likeness_is_the_cosine() -> None:
    one = np.array([3, 4, 0, -128], np.int8).tobytes()
    assert likeness(one, one) == pytest.approx(1.0)
    assert likeness(np.array([1, 0], np.int8).tobytes(), np.array([0, 5], np.int8).tobytes()) == 0.0
    assert likeness(np.array([2, 2], np.int8).tobytes(), np.array([-3, -3], np.int8).tobytes()) == pytest.approx(-1.0)


def test_what_can_not_be_compared_is_not_alike() -> None:
    assert likeness(b"", b"") == likeness(b"\x01", b"") == likeness(b"\x01", b"\x01\x02") == likeness(b"\0", b"\0") == 0
