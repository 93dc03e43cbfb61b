import pytest

from agents.routing.cache.entry import Entry, EntryError

ENTRY = Entry(1_780_000_000_000_000, b"\x00digest\xff", "Ein Maß für Länge.")


def test_round_trip() -> None:
    assert Entry.loads(ENTRY.dumps()) == ENTRY


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x02" + ENTRY.dumps()[1:],
        ENTRY.dumps()[:14],
        b"\x01" * 40,
        ENTRY.dumps() + b"\xff",
        b"A prime number has two divisors.",
    ],
)
def test_what_is_no_entry_is_refused(value: bytes) -> None:
    with pytest.raises(EntryError):
        Entry.loads(value)
