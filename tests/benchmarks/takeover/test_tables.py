from pathlib import Path

import pytest
from rocksdict import Options, Rdict

from benchmarks.takeover.tables import OFFSET_KEY, Change, compare, stored

LOG: list[Change] = [(0, b"a", b"1"), (1, b"b", b"1"), (2, b"a", b"2"), (3, b"b", None), (5, b"c", b"1")]


@pytest.mark.parametrize(
    ("held", "differing"),
    [
        ({b"a": b"2", OFFSET_KEY: b"3"}, 0),
        ({b"a": b"1", b"b": b"1", OFFSET_KEY: b"1"}, 0),
        ({b"a": b"1", OFFSET_KEY: b"3"}, 1),
        ({b"a": b"2", b"b": b"1", OFFSET_KEY: b"5"}, 2),
        ({}, 0),
    ],
)
def test_a_table_is_what_its_changelog_says_up_to_its_offset(held: dict[bytes, bytes], differing: int) -> None:
    assert compare("t", held, LOG).differing == differing


def test_what_a_store_holds(tmp_path: Path) -> None:
    store = Rdict(str(tmp_path / "routing-0.db"), options=Options(raw_mode=True))
    store[b"a"] = b"1"
    store[OFFSET_KEY] = b"7"
    store.close()
    assert stored(tmp_path / "routing-0.db") == {b"a": b"1", OFFSET_KEY: b"7"}
