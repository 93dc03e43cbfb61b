from typing import Any

from benchmarks.demo_runs.__main__ import summed

RUN: dict[str, Any] = {
    "broker": "kafka",
    "sent": 100,
    "answered": 100,
    "answered_by_provider": 90,
    "lost": 0,
    "duplicated": 0,
    "first_answer_s": 10.0,
}


def test_what_failed_is_in_the_sums() -> None:
    worse = {**RUN, "answered": 97, "lost": 3, "duplicated": 1, "first_answer_s": 25.0}
    found = summed([RUN, worse, {}])
    assert (found["sent"], found["answered"], found["lost"], found["duplicated"]) == (200, 197, 3, 1)
    assert found["first_answer_worst_s"] == 25.0


def test_a_run_without_an_answer_has_no_time() -> None:
    silent = {**RUN, "answered": 0, "answered_by_provider": 0, "lost": 100, "first_answer_s": None}
    assert summed([silent])["first_answer_p50_s"] is None
    assert summed([silent, RUN])["first_answer_worst_s"] == 10.0
    assert summed([{}])["sent"] == 0
