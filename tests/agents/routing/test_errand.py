import pytest

from agents.routing.errand import MOST_RECORDED_TRIES, Errand, response_id
from agents.routing.prompt import render
from config.prompts import tutor_template
from tests.agents.routing.conftest import declared
from tests.agents.routing.events import scored


def errand(frames: list[tuple[str, int, int, str]] | None = None) -> Errand:
    message = scored()
    sink = None if frames is None else lambda *frame: frames.append(frame)
    return Errand(message, render(message, (), tutor_template()), 0.0, sink)


def test_tries_are_recorded_up_to_a_number_and_the_one_that_answered_in_any_case() -> None:
    asked, provider = errand(), declared("one", "")
    for _ in range(MOST_RECORDED_TRIES + 6):
        asked.record(provider, "timeout", "no word", 0.5)
    assert len(asked.tries) == MOST_RECORDED_TRIES
    asked.record(provider, "ok", None, 0.5)
    assert [tried["outcome"] for tried in asked.tries] == ["timeout"] * MOST_RECORDED_TRIES + ["ok"]


def test_time_of_two_calls_side_by_side_counts_once() -> None:
    asked = errand()
    for begun in (10.0, 10.5):
        asked.asked(begun)
    asked.waited(11.0)
    asked.waited(12.0)
    asked.asked(20.0)
    asked.waited(20.25)
    assert asked.provider_ms == pytest.approx(1250.0)


def test_a_second_try_begins_with_what_voids_the_first() -> None:
    frames: list[tuple[str, int, int, str]] = []
    asked = errand(frames)
    asked.calls = 1
    first = asked.numbered()
    assert first is not None and frames == []
    first("One ")
    first("half")
    asked.calls = 2
    second = asked.numbered()
    assert second is not None
    second("A half")
    name = response_id(asked.scored["message_id"])
    assert frames == [(name, 1, 0, "One "), (name, 1, 1, "half"), (name, 2, 0, ""), (name, 2, 1, "A half")]


def test_a_request_beside_a_try_does_not_void_what_that_one_says() -> None:
    frames: list[tuple[str, int, int, str]] = []
    asked = errand(frames)
    tells = []
    for number in (1, 2, 3):
        asked.calls = number
        tells.append(asked.numbered())
        if number == 1 and tells[0] is not None:
            tells[0]("Broken off")
    assert tells[1] is not None
    tells[1]("Whole.")
    assert [frame[1:] for frame in frames] == [(1, 0, "Broken off"), (2, 0, ""), (2, 1, "Whole.")]
    assert asked.streamed


def test_nobody_listens() -> None:
    assert errand().numbered() is None
