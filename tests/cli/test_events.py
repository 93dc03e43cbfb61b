"""A line for every event there is."""

import pytest

from cli.events import SAY, _fields, moment, short
from schemas import catalogue
from schemas.codec import Event
from tests.cli.samples import sample


@pytest.mark.parametrize("name", catalogue.names())
def test_every_event_has_one_line(name: str) -> None:
    line = SAY.get(name, _fields)(sample(name))
    assert line.strip()
    assert "\n" not in line


@pytest.mark.parametrize(
    ("name", "changes", "line"),
    [
        ("LearnerMessage", {"text": "why\nso?"}, 'wrote "why so?"'),
        ("Attempt", {"correct": False, "item_id": "h1", "concept_id": "halves"}, "wrong on h1 (halves)"),
        ("LearnerProfile", {"revision": 3, "correct": 2, "attempts": 4, "next_step": None}, "revision 3: 2 of 4 right"),
        ("Reward", {"value": -0.5, "provider": "groq", "closed_by": "timeout"}, "-0.50 for groq, closed by timeout"),
    ],
)
def test_lines_say_what_matters(name: str, changes: Event, line: str) -> None:
    assert SAY[name]({**sample(name), **changes}) == line


def test_moments_are_utc_to_the_millisecond() -> None:
    assert moment(1_714_557_600_123) == "2024-05-01 10:00:00.123"


def test_short_is_one_line_of_so_many_characters() -> None:
    assert short("a  b\nc", 5) == "a b c"
    assert short("abcdef", 4) == "abc…"
