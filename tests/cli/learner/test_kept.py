from hypothesis import given, settings
from hypothesis import strategies as st

from cli.learner.kept import Kept

KEYS = (b"t/ada", b"seen\0t/ada")


def kept() -> Kept:
    # `take` asks no broker.
    return Kept(None, ("a", "b"), 3, KEYS)  # type: ignore[arg-type]


def test_a_tombstone_takes_away_what_came_before_it() -> None:
    one = kept()
    one.take("a", KEYS[0], b"1")
    one.take("a", KEYS[1], b"1")
    one.take("b", KEYS[0], b"1")
    one.take("b", b"t/bob", b"1")
    one.take("b", None, b"1")
    assert one.found() == {"a": 2, "b": 1}
    one.take("a", KEYS[0], None)
    one.take("b", KEYS[0], None)
    one.take("b", b"t/bob", None)
    assert one.found() == {"a": 1, "b": 0}


def test_rows_beside_a_state_count_too() -> None:
    one = kept()
    one.take("a", KEYS[0] + b"\0" + b"one", b"1")
    one.take("a", KEYS[0] + b"\0" + b"two", b"1")
    one.take("a", b"t/adam", b"1")
    assert one.found()["a"] == 2
    one.take("a", KEYS[0] + b"\0" + b"one", None)
    assert one.found()["a"] == 1


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from([None, b"", b"x"]))))
def test_only_the_last_record_of_a_key_counts(records: list[tuple[bytes, bytes | None]]) -> None:
    one = kept()
    for key, value in records:
        one.take("a", key, value)
    last = dict(records)
    assert one.found()["a"] == sum(value is not None for value in last.values())
