from benchmarks.whole_way.__main__ import missing
from benchmarks.whole_way.traffic import Passed
from schemas.codec import Event


def passed(sent: int, answered: int, seen: int = 0) -> Passed:
    events: list[Event] = [{} for _ in range(sent)]
    return Passed(events, responses=events[:answered], visible=[1.0] * seen)


def test_all_that_was_sent_was_measured() -> None:
    assert missing(passed(4, 4, 4), passed(5, 5), passed(6, 6)) == []


def test_what_no_percentile_holds_is_said() -> None:
    assert missing(passed(4, 4, 3), passed(5, 4), passed(6, 0)) == [
        "steady: 1 of 5 messages had no answer",
        "full: 6 of 6 messages had no answer",
        "easy: 1 of 4 rows were not seen",
    ]
