import json
from itertools import pairwise
from pathlib import Path

import pytest

from cli.replay.readers import mathdial
from cli.replay.recorded import ReadError
from schemas.codec import decode, encode
from schemas.topics import MESSAGES


def test_the_students_turns_become_messages_and_the_teachers_do_not(mathdial_file: Path) -> None:
    reading = mathdial.read(mathdial_file)
    assert len(reading.events) == 12
    assert reading.left_out == ()
    for recorded in reading.events:
        assert recorded.topic is MESSAGES
        assert recorded.event["text"].startswith("I got")
        assert decode("LearnerMessage", encode("LearnerMessage", recorded.event)) == recorded.event
    assert {recorded.key for recorded in reading.events} == {f"mathdial/apples-{n}".encode() for n in range(6)}


def test_times_are_made_up_past_and_in_each_dialogues_order(mathdial_file: Path) -> None:
    events = [recorded.event for recorded in mathdial.read(mathdial_file).events]
    assert all(a["sent_at"] <= b["sent_at"] for a, b in pairwise(events))
    texts = [event["text"] for event in events if event["learner_id"] == "apples-2"]
    assert texts == ["I got 3 apples, is that right?", "I got 5 apples, is that right?"]


def test_a_second_reading_makes_the_same_events(mathdial_file: Path) -> None:
    assert mathdial.read(mathdial_file) == mathdial.read(mathdial_file)


def test_a_turn_without_text_is_left_out_and_said(tmp_path: Path) -> None:
    turns = [{"role": "student", "text": " "}, {"role": "student", "text": "two"}]
    path = tmp_path / "dialogues.jsonl"
    path.write_text(json.dumps({"dialogue_id": "a", "turns": turns}))
    reading = mathdial.read(path)
    assert [recorded.event["text"] for recorded in reading.events] == ["two"]
    assert reading.left_out == ("1 turns without text",)


@pytest.mark.parametrize("line", ["{", "[1]", '{"dialogue_id": "a"}', '{"dialogue_id": "a", "turns": [{"text": "b"}]}'])
def test_a_malformed_line_is_refused_with_its_number(mathdial_file: Path, line: str) -> None:
    mathdial_file.write_text(mathdial_file.read_text() + line + "\n")
    with pytest.raises(ReadError, match="line 7: not"):
        mathdial.read(mathdial_file)
