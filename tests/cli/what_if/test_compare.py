import math

import pytest

from cli.what_if.compare import Difference, compare, settled
from schemas.codec import Event
from tests.cli.samples import sample


def test_the_same_event_differs_in_nothing() -> None:
    event = settled("TutorResponse", sample("TutorResponse"))
    assert list(compare("TutorResponse", "1", event, settled("TutorResponse", event))) == []


@pytest.mark.parametrize("name", sorted(sample("TutorResponse")))
def test_one_field_that_differs_is_named_whichever_it_is(name: str) -> None:
    was = settled("TutorResponse", sample("TutorResponse"))
    found = list(compare("TutorResponse", "1", was, {**was, name: "another value"}))
    assert found, name
    assert all(one.path.startswith(name) for one in found)


def test_what_is_deep_inside_is_found_with_its_way_there() -> None:
    was: Event = {"emotion": {"states": {"bored": 0.5}}, "tries": [{"outcome": "ok"}, {"outcome": "ok"}]}
    now: Event = {"emotion": {"states": {"bored": 0.5}}, "tries": [{"outcome": "ok"}, {"outcome": "timeout"}]}
    assert list(compare("T", "1", was, now)) == [Difference("T", "1", "tries[1].outcome", "ok", "timeout")]


def test_a_number_counts_to_nine_digits() -> None:
    found = [one.path for one in compare("T", "1", {"valence": 0.1}, {"valence": 0.1000000002})]
    assert found == ["valence"]
    # The same sum, added in another order.
    assert list(compare("T", "1", {"valence": 0.1}, {"valence": math.nextafter(0.1, 1)})) == []


def test_whole_numbers_count_whole() -> None:
    assert [one.path for one in compare("T", "1", {"at": 10**15}, {"at": 10**15 + 1})] == ["at"]
    assert [one.path for one in compare("T", "1", {"p": 0.0}, {"p": 1e-12})] == ["p"]


def test_a_name_more_or_less_in_a_map_counts() -> None:
    assert [one.path for one in compare("T", "1", {"m": {}}, {"m": {"x": 1.0}})] == ["m.x"]
    assert [one.path for one in compare("T", "1", {"m": {"x": 1.0}}, {"m": {}})] == ["m.x"]
    assert [one.path for one in compare("T", "1", {"m": [1]}, {"m": [1, 2]})] == ["m"]


def test_an_event_on_one_side_only_is_a_difference() -> None:
    assert [one.path for one in compare("T", "1", None, {"a": 1})] == [""]
    assert [one.path for one in compare("T", "1", {"a": 1}, None)] == [""]
    assert list(compare("T", "1", None, None)) == []
