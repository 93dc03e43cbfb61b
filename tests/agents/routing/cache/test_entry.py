import pytest

from agents.routing.cache.entry import Entry, EntryError

ENTRY = Entry(("prime", "number"), 1_780_000_000_000_000, "a1b2")


def test_round_trip() -> None:
    assert Entry.loads(ENTRY.dumps()) == ENTRY


@pytest.mark.parametrize("value", [b"", b"\x01" + ENTRY.dumps()[1:], ENTRY.dumps()[:14], b"\x01" * 40])
def test_what_is_no_entry_is_refused(value: bytes) -> None:
    with pytest.raises(EntryError):
        Entry.loads(value)
