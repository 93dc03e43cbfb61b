"""Columns from records: pure, no database."""

import orjson

from pipeline.delivery.record import Record
from sinks.columns import POSITION, Table, computed, json_text, parts, plain

FIRST = Record("t", 3, 70, b"k", {"a": 1, "n": {"x": "u", "y": 2.5}, "j": {"deep": [1]}}, 900)
SECOND = Record("t", 4, 71, b"k", {"a": None, "n": {"x": "v", "y": 3.5}, "j": None}, 901)
TABLE = Table(
    "raw_t",
    None,
    (
        *plain("a"),
        *parts("n", "x", "y", prefix="n_"),
        *json_text("j"),
        computed("key", lambda r: r.key),
        *POSITION,
    ),
)


def test_a_block_has_one_list_per_column() -> None:
    block = dict(zip(TABLE.names, TABLE.block([FIRST, SECOND]), strict=True))
    assert block == {
        "a": [1, None],
        "n_x": ["u", "v"],
        "n_y": [2.5, 3.5],
        "j": ['{"deep":[1]}', ""],
        "key": [b"k", b"k"],
        "kafka_topic": ["t", "t"],
        "kafka_partition": [3, 4],
        "kafka_offset": [70, 71],
        "kafka_appended_at": [900, 901],
    }


def test_a_row_is_a_block_of_one() -> None:
    assert TABLE.row(SECOND) == tuple(values[1] for values in TABLE.block([FIRST, SECOND]))


def test_json_text_can_be_read_back() -> None:
    (column,) = json_text("j")
    assert orjson.loads(column.values([FIRST])[0]) == FIRST.event["j"]


def test_columns_say_which_field_they_are_from() -> None:
    sources = {column.name: column.source for column in TABLE.columns}
    assert sources["a"] == "a"
    assert sources["n_x"] == "n"
    assert sources["kafka_offset"] == ""
