"""Packed tables behave as dicts in order of insertion."""

from struct import Struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.profile.rows import HashedRows, NamedRows

ROW = Struct("<q")


class Box:
    def __init__(self, value: int) -> None:
        self.value = value


def pack(box: Box) -> bytes:
    return ROW.pack(box.value)


def unpack(row: bytes) -> Box:
    return Box(*ROW.unpack(row))


KEYS = st.sampled_from(["", "a", "ab", "b", "ba", "ü", "a b"])
STEPS = st.lists(
    st.tuples(st.sampled_from(["set", "pop", "edit", "delete", "reload", "first"]), KEYS, st.integers(0, 99)),
    max_size=40,
)


@given(STEPS)
def test_named_rows_do_what_a_dict_does(steps: list[tuple[str, str, int]]) -> None:
    rows: NamedRows[Box] = NamedRows(ROW.size, pack, unpack)
    model: dict[str, int] = {}
    for what, key, value in steps:
        if what == "set":
            model.pop(key, None)
            model[key] = value
            rows.pop(key)
            rows[key] = Box(value)
        elif what == "pop":
            popped = rows.pop(key)
            assert (popped.value if popped else None) == model.pop(key, None)
        elif what == "edit" and key in model:
            model[key] = value
            rows[key].value = value
        elif what == "delete" and key in model:
            del model[key]
            del rows[key]
        elif what == "reload":
            packed = rows.packed()
            names = rows.names
            rows = NamedRows(ROW.size, pack, unpack)
            rows.load(names, packed)
        elif what == "first" and model:
            assert next(iter(rows)) == next(iter(model))
        assert len(rows) == len(model)
        assert (key in rows) == (key in model)
    assert list(rows) == list(model)
    assert {name: rows[name].value for name in rows} == model
    rows.packed()
    names, packed = rows.last(3)
    assert list(zip(names, (value for (value,) in ROW.iter_unpack(packed)), strict=True)) == list(model.items())[-3:]


@given(st.lists(st.tuples(st.integers(1, 2**32 - 1), st.booleans()), max_size=40))
def test_hashed_rows_do_what_a_dict_does(steps: list[tuple[int, bool]]) -> None:
    rows: HashedRows[Box] = HashedRows(ROW.size, pack, unpack)
    model: dict[int, int] = {}
    for number, (key, keep) in enumerate(steps):
        rows.pop(key)
        model.pop(key, None)
        if keep:
            rows[key] = Box(number)
            model[key] = number
        if number % 3 == 0:
            packed, hashes = rows.packed(), rows.hashes
            rows = HashedRows(ROW.size, pack, unpack)
            rows.load(hashes, packed)
    assert {key: rows[key].value for key in rows} == model
    assert list(rows) == list(model)


def test_keys_that_overlap_across_a_boundary_are_not_found() -> None:
    rows: HashedRows[Box] = HashedRows(ROW.size, pack, unpack)
    rows[0x04030201] = Box(1)
    rows[0x08070605] = Box(2)
    rows.packed()
    assert 0x06050403 not in rows
    assert rows.get(0x08070605) is not None


def test_parts_that_do_not_belong_together_are_refused() -> None:
    rows: NamedRows[Box] = NamedRows(ROW.size, pack, unpack)
    with pytest.raises(ValueError, match="rows"):
        rows.load(b"\0a\0", b"")
    with pytest.raises(ValueError, match="NUL"):
        rows.load(b"a", bytes(8))
    with pytest.raises(KeyError):
        rows["missing"]
